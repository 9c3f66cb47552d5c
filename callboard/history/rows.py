"""The row of a job in SQL from its record in Redis, and the record from the row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from callboard.jobs.encoding import NotJson, decode
from callboard.jobs.normalise import storable
from callboard.jobs.policy import NORMAL

Row = dict[str, Any]

# Fields of a record that have a column of their own; the name of the column where it differs.
TEXTS: Final = {
    "type": "type",
    "queue": "queue",
    "state": "state",
    "reason": "reason",
    "worker": "worker",
    "args": "args",
    "kwargs": "kwargs",
    "result": "result",
    "progress": "progress",
    "checkpoint": "checkpoint",
    "tags": "tags",
    "meta": "meta",
    "flow": "flow",
    "step": "step",
    "blocked_by": "blocked_by",
    "unique": "unique_key",
}
NUMBERS: Final = {"version": 0, "priority": NORMAL, "attempt": 0, "attempts": 1, "crashes": 0, "fence": 0}
TIMES: Final = ("enqueued_ms", "due_ms", "started_ms", "finished_ms")
# What belongs to the moment or to this copy in Redis, and would be wrong in another.
PASSING: Final = frozenset(("told", "logged", "parked", "request", "cancel", "broken"))
KNOWN: Final = frozenset((*TEXTS, *NUMBERS, *TIMES, *PASSING))
SHORT: Final = 200


def row_of(id: str, record: Mapping[str, str]) -> Row:
    """The columns of a job, its errors left out; what somebody has damaged becomes zero or stays as it is."""
    row: Row = {column: _storable(record.get(name)) for name, column in TEXTS.items()}
    row |= {name: _number(record.get(name), default) for name, default in NUMBERS.items()}
    row |= {name: _number(record.get(name), None) for name in TIMES}
    rest = {name: value for name, value in record.items() if name not in KNOWN}
    row["rest"] = storable(orjson.dumps(rest).decode()) if rest else None
    row["id"] = id
    for name in ("type", "queue", "state"):
        row[name] = (row[name] or "")[:SHORT]
    for name in ("reason", "worker", "step"):
        row[name] = row[name] and row[name][:SHORT]
    row["enqueued_ms"] = row["enqueued_ms"] or 0
    return row | _derived(row, _number(record.get("ready_ms"), None))


def record_of(row: Mapping[str, Any]) -> dict[str, str]:
    """The record with which a job that Redis has lost is written again, its state and times as in the row."""
    record = {name: str(row[column]) for name, column in TEXTS.items() if row[column] is not None}
    record |= {name: str(row[name]) for name in (*NUMBERS, *TIMES) if row[name] is not None}
    rest = _object(row["rest"])
    return record | {name: str(value) for name, value in rest.items()}


def _storable(text: str | None) -> str | None:
    return text if text is None or (text.isascii() and "\0" not in text) else storable(text)


def _derived(row: Row, ready_ms: int | None) -> Row:
    """What search and statistics ask for, worked out once."""
    meta, result = _object(row["meta"]), row["result"]
    started, finished = row["started_ms"], row["finished_ms"]
    ready = max(row["enqueued_ms"], ready_ms or 0)
    cost = _object(result).get("cost_usd") if result and '"cost_usd"' in result else None
    return {
        "user": _word(meta.get("user")),
        "schedule": _word(meta.get("schedule")),
        "wait_ms": max(0, started - ready) if started else None,
        "run_ms": max(0, finished - started) if started and finished else None,
        "cost_usd": float(cost) if isinstance(cost, int | float) and not isinstance(cost, bool) else None,
    }


def _word(value: object) -> str | None:
    return storable(str(value)[:SHORT]) if isinstance(value, str | int) else None


def _object(text: str | None) -> dict[str, Any]:
    """A JSON object, an empty one for anything else."""
    if not text or not text.startswith("{"):
        return {}
    try:
        value = decode(text, "field")
    except NotJson:
        return {}
    return value if isinstance(value, dict) else {}


def _number(text: str | None, default: Any) -> Any:
    """A whole number that fits a column, else the default."""
    if text is None or not text.removeprefix("-").isdecimal() or len(text) > 18:
        return default
    return int(text)
