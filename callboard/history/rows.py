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
PASSING: Final = frozenset(("told", "logged", "request", "broken", "withdrawn"))
KNOWN: Final = frozenset((*TEXTS, *NUMBERS, *TIMES, *PASSING))
SHORT: Final = 200
SHORT_TEXTS: Final = ("type", "queue", "state", "reason", "worker", "step")


def row_of(id: str, record: Mapping[str, str]) -> Row:
    """The columns of a job, its errors left out; what somebody has damaged becomes zero or stays as it is."""
    record = _clean(record)
    row: Row = {column: record.get(name) for name, column in TEXTS.items()}
    for name, default in NUMBERS.items():
        row[name] = _number(record[name], default) if name in record else default
    for name in TIMES:
        row[name] = _number(record[name], None) if name in record else None
    rest = {name: value for name, value in record.items() if name not in KNOWN}
    row["rest"] = orjson.dumps(rest).decode() if rest else None
    row["id"] = id
    for name in SHORT_TEXTS:
        row[name] = row[name] and row[name][:SHORT]
    for name in ("type", "queue", "state"):
        row[name] = row[name] or ""
    row["enqueued_ms"] = row["enqueued_ms"] or 0
    return row | _derived(row, _number(record.get("ready_ms"), None))


def record_of(row: Mapping[str, Any]) -> dict[str, str]:
    """The record with which a job that Redis has lost is written again, its state and times as in the row."""
    record = {name: str(row[column]) for name, column in TEXTS.items() if row[column] is not None}
    record |= {name: str(row[name]) for name in (*NUMBERS, *TIMES) if row[name] is not None}
    rest = _object(row["rest"])
    return record | {name: str(value) for name, value in rest.items()}


def row_of_flow(id: str, record: Mapping[str, str], graph: list[dict[str, Any]] | None) -> Row:
    """The columns of a flow; without `graph` where its nodes were not read."""
    record = _clean(record)
    row: Row = {name: record.get(name) for name in ("broken", "on_failure", "meta")}
    row |= {"id": id, "name": record.get("name", "")[:SHORT], "state": record.get("state", "")[:16]}
    row |= {"jobs": _number(record.get("jobs"), 0), "started_ms": _number(record.get("started_ms"), 0)}
    row["finished_ms"] = _number(record.get("finished_ms"), None)
    return row if graph is None else row | {"graph": orjson.dumps(graph).decode()}


def _clean(record: Mapping[str, str]) -> Mapping[str, str]:
    """The record without what PostgreSQL cannot hold, which is hardly ever there: looked for in all fields at once."""
    whole = "".join(record.values())
    if whole.isascii() and "\0" not in whole:
        return record
    return {name: storable(value) for name, value in record.items()}


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
    if text is None or len(text) > 18:
        return default
    try:
        return int(text)
    except ValueError:
        return default
