"""Count what a batch of events tells, in the transaction that writes it down: each event once, whatever is repeated."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError

from callboard.broker.stream import Event
from callboard.broker.tape import START, precedes
from callboard.history.meter_models import MeterMarkRow
from callboard.history.meters import OTHER, SCHEDULE_SUCCESS, Amounts, add, amounts, count, labels_of, raise_to
from callboard.history.models import table_of
from callboard.history.spans import Spans, Told
from callboard.history.tally import OF_INTEREST, Happening, tally

MARKS: Final = table_of(MeterMarkRow)
FLOWS: Final = {"flow:completed": "completed", "flow:failed": "failed"}
# Whoever makes up names must not make rows without end.
QUEUES_MOST: Final = 200
TYPES_MOST: Final = 500
PIPELINES_MOST: Final = 100
SCHEDULES_MOST: Final = 200
Records = Mapping[str, Mapping[str, str]]
log = logging.getLogger("callboard.recorder")


class Names:
    """The first so many names of a kind; all that come after them are one."""

    def __init__(self, most: int, known: Iterable[str] = ()) -> None:
        self.most = most
        self._known = set(known)

    def of(self, name: str) -> str:
        """The name itself, or `other`."""
        if name not in self._known:
            if len(self._known) >= self.most:
                return OTHER
            self._known.add(name)
        return name


class Metering:
    """What one recorder counts for one prefix; the names that it has seen are remembered."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self._names: tuple[Names, Names, Names, Names] | None = None

    def count(self, connection: Connection, events: Sequence[Event], records: Records) -> None:
        """Count the events of a batch that were not counted before, after their rows are written.

        History does not wait for its numbers: what SQL refuses to count is told in the log.
        """
        try:
            with connection.begin_nested():
                self._count(connection, events, records)
        except (DataError, OverflowError):
            log.exception("a batch of %d events is not counted", len(events))

    def _count(self, connection: Connection, events: Sequence[Event], records: Records) -> None:
        mark = connection.scalar(select(MARKS.c.last_id).where(MARKS.c.prefix == self.prefix)) or START
        # Nearly always all are new; some are not where recording has begun anew.
        new = events if precedes(mark, events[0].id) else [event for event in events if precedes(mark, event.id)]
        if new:
            batch = [(event, event.values) for event in new if event.event in OF_INTEREST or event.event in FLOWS]
            if self._names is None:
                self._names = known_names(connection)
            spans = Spans(connection, batch, records)
            add(connection, _amounts(batch, spans, *self._names[:3]))
            raise_to(connection, SCHEDULE_SUCCESS, _successes(batch, spans, self._names[3]))
            _move(connection, self.prefix, new[-1].id)


def _amounts(batch: Sequence[Told], spans: Spans, queues: Names, types: Names, pipelines: Names) -> Amounts:
    """What the events of a batch add to the totals."""
    found = amounts()
    for event, values in batch:
        if event.event in FLOWS:
            count(found, "flows_finished", pipelines.of(event.type), FLOWS[event.event])
        else:
            tally(found, Happening(event, values, queues.of(event.queue), types.of(event.type)), spans)
    return found


def _successes(batch: Sequence[Told], spans: Spans, schedules: Names) -> dict[str, float]:
    """When jobs of schedules completed, the last one of each."""
    done = [event for event, _ in batch if event.event == "job:completed"]
    return {schedules.of(schedule): float(event.at_ms) for event in done if (schedule := spans.schedule(event.job))}


def known_names(connection: Connection) -> tuple[Names, Names, Names, Names]:
    """Queues, types, pipelines and schedules that were counted before, which are counted on under their own names."""
    of_jobs, of_flows = labels_of(connection, "enqueued"), labels_of(connection, "flows_finished")
    queues, types = (list(column) for column in zip(*of_jobs, strict=True)) if of_jobs else ([], [])
    return (
        Names(QUEUES_MOST, queues),
        Names(TYPES_MOST, types),
        Names(PIPELINES_MOST, [pipeline for pipeline, _ in of_flows]),
        Names(SCHEDULES_MOST, [schedule for (schedule,) in labels_of(connection, SCHEDULE_SUCCESS)]),
    )


def _move(connection: Connection, prefix: str, to: str) -> None:
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    statement = insert(MARKS).values(prefix=prefix, last_id=to)
    connection.execute(statement.on_conflict_do_update(index_elements=["prefix"], set_={"last_id": to}))
