"""What the history would hold of a board at this moment, and a board that has lost its Redis, or part of it."""

from __future__ import annotations

import json
from typing import Any
from weakref import WeakKeyDictionary

from callboard.broker import keys
from callboard.broker.restoring import LostFlow, LostNode, Restorer
from callboard.broker.tape import Tape
from callboard.history.rows import record_of, row_of, row_of_flow
from callboard.jobs.states import FINAL
from tests.jobs import Board

Rows = dict[str, dict[str, Any]]
tapes: WeakKeyDictionary[Board, Tape] = WeakKeyDictionary()


def tape_of(board: Board) -> Tape:
    """The one reader of a board: each opens a connection."""
    if board not in tapes:
        tapes[board] = Tape(board.links)
    return tapes[board]


def rows_of(board: Board, *ids: str) -> Rows:
    """The rows of some jobs as they are now."""
    entries = tape_of(board).entries(ids, set())
    return {id: row_of(id, entry.record) for id, entry in entries.items() if entry.record}


def flow_row_of(board: Board, id: str) -> dict[str, Any]:
    """The row of a flow as it is now."""
    entry = tape_of(board).flow_entries([id], {id})[id]
    return row_of_flow(id, entry.record, entry.graph)


def lose(board: Board) -> None:
    """All keys of the board are gone, as by FLUSHALL; only the held clock stays."""
    for name in board.links.call("KEYS", f"{board.prefix}:*"):
        if name != keys.HELD_CLOCK(board.prefix):
            board.links.call("DEL", name)


def lost_flow(row: dict[str, Any], rows: Rows) -> LostFlow:
    """The value with which a flow is built again from its row and those of its steps."""
    names = ("name", "state", "jobs", "meta", "on_failure", "broken", "started_ms", "finished_ms")
    about = {name: str(row[name]) for name in names if row[name] is not None}
    nodes = []
    for node in json.loads(row["graph"]):
        step = rows.get(node["id"])
        live = record_of(step) if step and step["state"] not in FINAL else None
        nodes.append(LostNode(node["id"], live, tuple(map(tuple, node["needs"])), tuple(node["parents"])))
    return LostFlow(row["id"], about, tuple(nodes))


def restore_flow(board: Board, row: dict[str, Any], rows: Rows) -> tuple[str, int]:
    """Bring a flow back, its finished steps first."""
    restorer = Restorer(board.links)
    finished = {id: record_of(step) for id, step in rows.items() if step["state"] in FINAL}
    restorer.restore(finished, board.now)
    return restorer.restore_flow(lost_flow(row, rows), board.now)
