"""What has happened to one job: its events out of the stream as far as it is kept, before that what its rows tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from callboard.broker.stream import Event
from callboard.history.database import reading
from callboard.history.facts import ENDINGS
from callboard.history.models import AttemptRow, FailureRow, JobRow, ProgressRow
from callboard.jobs.clock import from_ms, to_ms
from callboard.jobs.encoding import NotJson, decode
from callboard.jobs.record import Job
from callboard.jobs.states import FINAL

# Reads so many events at most after an id.
Read = Callable[[str, int], list[Event]]
STREAM: Final = "stream"
HISTORY: Final = "history"
SHARE: Final = 2_000
# So many events of all jobs are looked through for one answer; what comes after them is on the next page.
LOOKED_THROUGH: Final = 10_000
EVENT_OF: Final = {outcome: event for event, outcome in ENDINGS.items()}
LOG: Final = "job:log"
ADDED: Final = "job:added"


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that has happened; `source` says whether its event is still kept, or rows of the history tell of it."""

    event: str
    at: datetime | None
    source: str
    id: str | None = None
    version: int | None = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events of a job, oldest first; `next` is where to go on, None where these are the last by now."""

    events: list[Told]
    next: str | None


def job_events(engine: Engine, stream: Read, job: Job, after: str | None = None, limit: int = 100) -> EventPage:
    """The events of a job after a place that a page has named, without the lines of its log.

    Raises ValueError for a place that is none, and what `stream` raises.
    """
    skip, place = _place(after)
    if place is not None:
        return _out_of_stream(stream, job.id, place, limit)
    begin = _first_place(job)
    page = _out_of_stream(stream, job.id, begin, limit)
    if page.events and (page.events[0].event, page.events[0].version) == (ADDED, 1):
        return page  # all of them are kept: it is the first event of a job
    kept = stream("0-0", 1)
    before_ms = kept[0].at_ms if kept else None
    rows = [told for told in _told_by_rows(engine, job) if before_ms is None or _ms(told) < before_ms]
    found = rows[skip : skip + limit]
    if len(rows) > skip + limit:
        return EventPage(found, f"h{skip + limit}")
    room = limit - len(found)
    if len(page.events) <= room:
        return EventPage(found + page.events, page.next)
    return EventPage(found + page.events[:room], page.events[room - 1].id if room else begin)


def _place(after: str | None) -> tuple[int, str | None]:
    """How many of the rows were told, or after which event of the stream to go on."""
    if not after:
        return 0, None
    if after.startswith("h") and after[1:].isdecimal() and after.isascii() and len(after) < 12:
        return int(after[1:]), None
    ms, dash, number = after.partition("-")
    if dash and ms.isdecimal() and number.isdecimal() and after.isascii() and len(after) <= 40:
        return 0, after
    raise ValueError("the cursor is none that a page has named")


def _first_place(job: Job) -> str:
    """Before all events of a job."""
    return f"{max(0, to_ms(job.enqueued_at) - 1)}-0" if job.enqueued_at else "0-0"


def _out_of_stream(stream: Read, id: str, place: str, limit: int) -> EventPage:
    found: list[Told] = []
    looked = 0
    while looked < LOOKED_THROUGH:
        events = stream(place, SHARE)
        for event in events:
            if len(found) == limit:
                return EventPage(found, place)
            place = event.id
            if event.job == id and event.event != LOG:
                found.append(_told(event))
        looked += len(events)
        if len(events) < SHARE:
            return EventPage(found, None)
    return EventPage(found, place)


def _told(event: Event) -> Told:
    data = {name: value for name, value in event.values.items() if name != "record"}  # what was forgotten is no news
    return Told(event.event, event.at, STREAM, event.id, event.version, data)


def _told_by_rows(engine: Engine, job: Job) -> list[Told]:
    """What the rows of a job tell, oldest first."""
    with reading(engine) as session:
        row = session.get(JobRow, job.id)
        told = [*_runs(session, job.id), *_progress(session, job.id)]
    if row is None:
        return []
    ended = {_ms(one) for one in told if one.event in EVENT_OF.values()}
    if row.state in FINAL and row.finished_ms and row.finished_ms not in ended:
        told.append(_of_row(f"job:{row.state}", row.finished_ms, {}))
    return sorted([_of_row(ADDED, row.enqueued_ms, {}), *told], key=_ms)


def _runs(session: Session, id: str) -> Iterator[Told]:
    failures = {row.fence: row for row in session.scalars(select(FailureRow).where(FailureRow.job_id == id))}
    for run in session.scalars(select(AttemptRow).where(AttemptRow.job_id == id).order_by(AttemptRow.fence)):
        about = {"attempt": run.attempt, "fence": run.fence}
        if run.started_ms:
            yield _of_row("job:active", run.started_ms, about | {"worker": run.worker})
        if run.ended_ms and run.outcome:
            yield _of_row(EVENT_OF[run.outcome], run.ended_ms, about | _error(failures.get(run.fence)))


def _error(row: FailureRow | None) -> dict[str, Any]:
    return {"class": row.error_class, "type": row.error_type, "message": row.message} if row else {}


def _progress(session: Session, id: str) -> Iterator[Told]:
    for row in session.scalars(select(ProgressRow).where(ProgressRow.job_id == id)):
        try:
            data = decode(row.progress, "progress")
        except NotJson:
            data = {}
        yield _of_row("job:progress", row.at_ms, data if isinstance(data, dict) else {})


def _of_row(event: str, at_ms: int, data: dict[str, Any]) -> Told:
    return Told(event, from_ms(at_ms), HISTORY, data=data)


def _ms(told: Told) -> int:
    return to_ms(told.at) if told.at else 0
