"""Jobs for the tests of search: rows with every sort of value, few enough of each that searches find some."""

import json
import random
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, insert

from callboard.history.models import FlowRow, JobRow, table_of
from callboard.history.search.term_index import index_terms

JOBS = table_of(JobRow)
NOW_MS = 1_793_620_800_000  # 2026-11-02 12:00 UTC
HOUR_MS = 3_600_000
FLOWS = {"01K6ZJ3V9GQ0X8Y7W6T5S4R3F1": "paper_intake", "01K6ZJ3V9GQ0X8Y7W6T5S4R3F2": "paper_intake", "flow-3": "report"}
POOLS: dict[str, list[Any]] = {
    "type": ["extract_pdf", "email_send", "excel_import"],
    "queue": ["default", "paper-processing", "mail"],
    "state": ["waiting", "delayed", "active", "completed", "completed", "failed", "cancelled"],
    "version": [1, 3, 12],
    "priority": [1, 3, 3, 4],
    "attempt": [0, 1, 2, 3],
    "reason": [None, "retry", "limited"],
    "user": [None, "ann", "bob@example.org", "ANN"],
    "schedule": [None, None, "daily_report"],
    "worker": [None, "host-1-aa", "host-1-ab", "host_2"],
    "flow": [None, None, *FLOWS],
    "error_class": [None, "", "transient", "bug"],
    "error_type": [None, "ValueError", "ReadTimeout"],
    "error_message": [None, "50% of the disk is full", "50x of the disk", "path C:\\temp_a", "Timed out"],
    "fingerprint": [None, "9f86d081884c7d65", "0000000000000001"],
    "unique_key": [None, "Import:2026", "import:2027"],
    "tags": [None, ["nightly"], ["Nightly", "batch 7"], [], "not json"],
    "meta": [None, {"batch": 7, "user": "ann"}, {"batch": "8"}, {"deep": {"er": [1, 2, {"x": "y"}]}}],
    "args": [None, [5, "five"], [{"n": 2.5}, True], [None]],
    "kwargs": [
        None,
        {"paper_id": 123, "n": 5},
        {"paper_id": "123", "n": 7.5, "file": "a..b.pdf"},
        {"n": -3, "options": {"depth": 2, "modes": ["fast", "Exact"]}, "a.b": {"c d": "x"}},
        {"n": "5", "0": 9, "rows": [{"n": 6}, {"n": 11}], "flag": False},
        {"quote\"d": 4, "n": 1e300},
        "[1, 2",
    ],
    "cost_usd": [None, 0.0, 0.25, 1.5],
}  # fmt: skip
JSON = ("tags", "meta", "args", "kwargs")


def make_rows(count: int, seed: int = 1) -> list[dict[str, Any]]:
    """So many rows, each value drawn by itself; every job is an hour younger than the one before."""
    dice = random.Random(seed)
    return [make_row(number, dice) for number in range(count)]


def make_row(number: int, dice: random.Random) -> dict[str, Any]:
    row = {name: dice.choice(values) for name, values in POOLS.items()}
    for name in JSON:
        if not isinstance(row[name], str | None):
            row[name] = json.dumps(row[name])
    if row["error_class"] is None:  # the recorder sets all columns of an error at once
        row |= dict.fromkeys(("error_type", "error_message", "fingerprint"))
    enqueued = NOW_MS - dice.randrange(200) * HOUR_MS // 2
    started = enqueued + dice.choice([0, 500, 61_000, 5 * HOUR_MS]) if dice.random() < 0.8 else None
    finished = started + dice.choice([0, 10_400, 3 * HOUR_MS]) if started is not None and dice.random() < 0.8 else None
    row |= {"enqueued_ms": enqueued, "started_ms": started, "finished_ms": finished}
    row |= {"wait_ms": None if started is None else started - enqueued}
    row |= {"run_ms": None if started is None or finished is None else finished - started}
    return plain_row() | row | {"id": f"01K6ZJ3V{number:04d}0X8Y7W6T5S4R3Q"}


def plain_row(**values: Any) -> dict[str, Any]:
    """A row with little in it, and what is given."""
    nothing = {column.name: None for column in JOBS.columns if column.name != "number"}
    counts = {"version": 1, "priority": 3, "attempt": 0, "attempts": 3, "crashes": 0, "fence": 0}
    names = {"id": "01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2", "type": "add", "queue": "default", "state": "waiting"}
    return {**nothing, **counts, **names, "enqueued_ms": NOW_MS, **values}


def store(engine: Engine, rows: Sequence[dict[str, Any]]) -> None:
    """Write rows as the recorder does, and the flows that they name."""
    started = {"state": "active", "jobs": 1, "started_ms": 0, "graph": "[]"}
    with engine.begin() as connection:
        connection.execute(insert(JOBS), rows)
        index_terms(connection, rows)
        named = {row["flow"] for row in rows} & FLOWS.keys()
        if named:
            flows = [{"id": id, "name": FLOWS[id], **started} for id in sorted(named)]
            connection.execute(insert(table_of(FlowRow)), flows)
