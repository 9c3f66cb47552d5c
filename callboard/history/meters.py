"""The meters: totals that only rise, kept in SQL, so that they outlive every process and agree with the rows there."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Connection, Engine, case, select
from sqlalchemy.dialects import postgresql, sqlite

from callboard.history.database import reading
from callboard.history.meter_models import MeterRow
from callboard.history.models import table_of

Key = tuple[str, tuple[str, ...]]
Amounts = dict[Key, float]
Readings = dict[str, dict[tuple[str, ...], float]]

METERS: Final = table_of(MeterRow)
BETWEEN: Final = "|"
LABEL_MOST: Final = 80
OTHER: Final = "other"
SUM: Final = "sum"
INFINITY: Final = "+Inf"
# Seconds, and bytes of arguments; few, because each is a series for every type or queue.
RUN_BUCKETS: Final = (0.005, 0.1, 1.0, 5.0, 30.0, 300.0, 3600.0)
WAIT_BUCKETS: Final = (0.01, 0.1, 1.0, 5.0, 30.0, 300.0, 900.0, 3600.0)
PAYLOAD_BUCKETS: Final = (1_024.0, 16_384.0)
# What each meter counts by; the last label of a histogram is its bucket.
LABELS: Final = {
    "enqueued": ("queue", "type"),
    "started": ("queue", "type"),
    "finished": ("queue", "type", "outcome"),
    "attempts_finished": ("queue", "type", "outcome"),
    "attempt_errors": ("type", "error_class"),
    "rescued": ("queue",),
    "throttled": ("queue",),
    "flows_finished": ("pipeline", "outcome"),
    "webhook_deliveries": ("outcome",),
    "notifications": ("outcome",),
    "provider_tokens": ("type", "provider", "direction"),
    "cost_usd": ("type", "provider"),
    "run_duration_seconds": ("queue", "type"),
    "wait_duration_seconds": ("queue",),
    "total_duration_seconds": ("queue",),
    "payload_bytes": ("type",),
}
# When a job of a schedule completed last, ms; no total, but counted from the same events.
SCHEDULE_SUCCESS: Final = "schedule_success_ms"
BUCKETS: Final = {
    "run_duration_seconds": RUN_BUCKETS,
    "wait_duration_seconds": WAIT_BUCKETS,
    "total_duration_seconds": WAIT_BUCKETS,
    "payload_bytes": PAYLOAD_BUCKETS,
}


def amounts() -> Amounts:
    """Nothing yet, to be added to."""
    return defaultdict(float)


def count(into: Amounts, name: str, *labels: str, by: float = 1.0) -> None:
    """Add to a meter."""
    into[name, labels] += by


def observe(into: Amounts, name: str, *labels: str, value: float) -> None:
    """Add one value to a histogram: to the bucket that it falls into, and to the sum."""
    into[name, (*labels, bucket(BUCKETS[name], value))] += 1
    into[name, (*labels, SUM)] += max(0.0, value)


def bucket(bounds: tuple[float, ...], value: float) -> str:
    """The upper bound of the bucket of a value, as it is written."""
    place = bisect_left(bounds, value)
    return f"{bounds[place]:g}" if place < len(bounds) else INFINITY


def add(connection: Connection, given: Mapping[Key, float]) -> None:
    """Add amounts to the totals, in the transaction of what they tell of.

    Rows are taken in one order always: two transactions that wait for each other would both be lost.
    """
    rows = [{"name": name, "labels": joined(labels), "value": value} for (name, labels), value in given.items()]
    if not rows:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(METERS)
    raised = {"value": METERS.c.value + statement.excluded.value}
    upsert = statement.on_conflict_do_update(index_elements=["name", "labels"], set_=raised)
    connection.execute(upsert, sorted(rows, key=lambda row: (row["name"], row["labels"])))


def joined(labels: Iterable[str]) -> str:
    """Labels as they are kept."""
    return BETWEEN.join(label.replace(BETWEEN, "_")[:LABEL_MOST] for label in labels)


def readings(engine: Engine) -> Readings:
    """All totals by meter and labels, and the last times. Raises SQLAlchemyError when the database is away."""
    found: Readings = {name: {} for name in (*LABELS, SCHEDULE_SUCCESS)}
    with reading(engine) as session:
        rows = session.execute(select(METERS.c.name, METERS.c.labels, METERS.c.value)).all()
    for name, labels, value in rows:
        found.setdefault(name, {})[tuple(labels.split(BETWEEN))] = value
    return found


def raise_to(connection: Connection, name: str, given: Mapping[str, float]) -> None:
    """Set values by their one label, none lower than it was: the time of what happened last, and not a total."""
    if not given:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(METERS)
    new = statement.excluded.value
    raised = {"value": case((METERS.c.value < new, new), else_=METERS.c.value)}
    rows = [{"name": name, "labels": joined((label,)), "value": value} for label, value in sorted(given.items())]
    connection.execute(statement.on_conflict_do_update(index_elements=["name", "labels"], set_=raised), rows)


def labels_of(connection: Connection, name: str) -> list[tuple[str, ...]]:
    """All combinations of labels that a meter has."""
    rows = connection.execute(select(METERS.c.labels).where(METERS.c.name == name))
    return [tuple(labels.split(BETWEEN)) for (labels,) in rows]
