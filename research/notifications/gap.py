"""What the stream has forgotten before it was read: the ends of jobs, taken from the history instead."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Final

from sqlalchemy import Engine, select, tuple_

from callboard.broker.stream import Event
from callboard.history.database import reading, writing
from callboard.history.models import JobRow
from callboard.jobs.encoding import encode
from callboard.jobs.states import FINAL
from research.notifications import position
from research.notifications.deciding import decide
from research.notifications.failures import collect
from research.notifications.outgoing import write
from research.notifications.position import Place
from research.notifications.services import Services

BATCH: Final = 500
LAST_OF_MS: Final = 2**64 - 1
log = logging.getLogger("callboard.notifier")


def step_over(services: Services, found: Place, oldest: str) -> Place:
    """Go on at the oldest event there is, and tell of the jobs that the history says have ended in between."""
    from_ms, to_ms = (int(id.partition("-")[0]) for id in (found.last_id, oldest))
    told = 0
    for events in recorded_ends(services.engine, from_ms, to_ms):
        told += len(events)
        decided = decide(services, events)
        with writing(services.engine) as session:
            write(session, services, decided.outgoing)
            collect(session, decided.failed)
    log.warning(
        "events from %s to %s were gone before they were read; %d ends of jobs were taken from the history instead",
        found.last_id,
        oldest,
        told,
    )
    to = Place(found.epoch, before(oldest))
    return position.go_to(services.engine, services.links.prefix, expected=found, to=to)


def recorded_ends(engine: Engine, from_ms: int, to_ms: int) -> Iterator[list[Event]]:
    """The jobs that ended from one time up to before another, as the events they would have been, in batches."""
    after = (from_ms, "")
    while True:
        query = select(JobRow).where(JobRow.finished_ms >= from_ms, JobRow.finished_ms < to_ms, JobRow.state.in_(FINAL))
        query = query.where(tuple_(JobRow.finished_ms, JobRow.id) > after).order_by(JobRow.finished_ms, JobRow.id)
        with reading(engine) as session:
            rows = session.scalars(query.limit(BATCH)).all()
        if not rows:
            return
        yield [_event(row) for row in rows]
        after = (rows[-1].finished_ms or 0, rows[-1].id)


def before(id: str) -> str:
    """A place in the stream that is just before an event."""
    return f"{int(id.partition('-')[0]) - 1}-{LAST_OF_MS}"


def _event(row: JobRow) -> Event:
    told = {"class": row.error_class, "type": row.error_type, "message": row.error_message}
    told["blocked_by"] = row.blocked_by
    data = encode({name: value for name, value in told.items() if value}, "event")
    return Event(f"{row.finished_ms}-0", f"job:{row.state}", row.id, row.type, row.queue, row.version, data)
