"""How long jobs waited, ran and took, worked out from a batch of events and what is recorded before them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, select

from callboard.broker.stream import Event
from callboard.history.facts import ENDINGS
from callboard.history.models import AttemptRow, JobRow, table_of
from callboard.history.rows import row_of

ATTEMPTS: Final = table_of(AttemptRow).c
JOBS: Final = table_of(JobRow).c
SHARE: Final = 500
Told = tuple[Event, dict[str, Any]]
Records = Mapping[str, Mapping[str, str]]


class Spans:
    """The times of the jobs of one batch, whose rows are written already; seconds, None where nobody knows."""

    def __init__(self, connection: Connection, batch: Sequence[Told], records: Records) -> None:
        self._records = records
        self._ready_ms = dict(_ready(batch))
        started = {(e.job, fence_of(values)): e.at_ms for e, values in batch if e.event == "job:active"}
        ended = {(e.job, fence_of(values)): e.at_ms for e, values in batch if e.event in ENDINGS}
        self._attempts = {key: (started.get(key), ended.get(key)) for key in (*started, *ended)}
        before = {(job, fence - 1) for job, fence in started if fence > 1} - ended.keys()
        missing = {job for job, fence in (ended.keys() - started.keys()) | before if fence}
        self._attempts |= _attempts(connection, missing)
        gone = {event.job for event, _ in batch if event.event in ENDINGS and not records.get(event.job)}
        self._enqueued_ms = _enqueued(connection, gone)

    def payload(self, id: str) -> int | None:
        """Bytes of the arguments of a job."""
        record = self._records.get(id)
        return sum(len(record.get(name, "").encode()) for name in ("args", "kwargs")) if record else None

    def schedule(self, id: str) -> str | None:
        """The schedule that a job was made by."""
        meta = (self._records.get(id) or {}).get("meta", "")
        return row_of(id, {"meta": meta})["schedule"] if '"schedule"' in meta else None

    def waited(self, event: Event, fence: int) -> float | None:
        """From ready to started: what a delay or a former attempt took is not in it."""
        ready_ms = self._ready_ms.get((event.job, fence)) or self._ready_by_record(event, fence)
        return None if ready_ms is None else max(0, event.at_ms - ready_ms) / 1000

    def _ready_by_record(self, event: Event, fence: int) -> int | None:
        """When a job became ready before this batch, unless its record tells of a later time by now."""
        record = self._records.get(event.job) or {}
        times = [_whole(record.get("enqueued_ms")), _whole(record.get("ready_ms"))]
        known = [at for at in times if at]
        if not known or max(known) > event.at_ms:
            return None
        _, ended_ms = self._attempts.get((event.job, fence - 1), (None, None))
        return max(*known, ended_ms or 0)

    def ran(self, event: Event, fence: int) -> float | None:
        """From the start of an attempt to its end."""
        started_ms, _ = self._attempts.get((event.job, fence), (None, None))
        return None if started_ms is None else max(0, event.at_ms - started_ms) / 1000

    def since_enqueued(self, event: Event) -> float | None:
        """From the call to the end of its job."""
        record = self._records.get(event.job)
        enqueued_ms = _whole(record.get("enqueued_ms")) if record else self._enqueued_ms.get(event.job)
        return None if enqueued_ms is None else max(0, event.at_ms - enqueued_ms) / 1000


def _ready(batch: Sequence[Told]) -> Iterator[tuple[tuple[str, int], int]]:
    """For each start, by job and fence, the time at which the job became ready in the same batch."""
    ready: dict[str, int] = {}
    for event, values in batch:
        if _makes_ready(event.event, values):
            ready[event.job] = event.at_ms
        elif event.event == "job:active" and event.job in ready:
            yield (event.job, fence_of(values)), ready.pop(event.job)


def _makes_ready(name: str, values: dict[str, Any]) -> bool:
    if name == "job:added":
        return values.get("state") == "waiting" and not values.get("restored")
    if name in ("job:retrying", "job:released"):
        return not values.get("delay_ms")
    # A step that is freed into a delay is promoted once more when that is over.
    return name in ("job:promoted", "job:rescued", "job:rerun")


def _attempts(connection: Connection, ids: Iterable[str]) -> dict[tuple[str, int], tuple[int | None, int | None]]:
    """Start and end of all attempts of some jobs."""
    wanted, columns = sorted(ids), (ATTEMPTS.job_id, ATTEMPTS.fence, ATTEMPTS.started_ms, ATTEMPTS.ended_ms)
    found: dict[tuple[str, int], tuple[int | None, int | None]] = {}
    for start in range(0, len(wanted), SHARE):
        share = select(*columns).where(ATTEMPTS.job_id.in_(wanted[start : start + SHARE]))
        found |= {(job, fence): (started, ended) for job, fence, started, ended in connection.execute(share)}
    return found


def _enqueued(connection: Connection, ids: Iterable[str]) -> dict[str, int]:
    """When jobs were enqueued whose records are gone."""
    wanted, found = sorted(ids), dict[str, int]()
    for start in range(0, len(wanted), SHARE):
        share = select(JOBS.id, JOBS.enqueued_ms).where(JOBS.id.in_(wanted[start : start + SHARE]))
        found |= {id: at for id, at in connection.execute(share) if at}
    return found


def fence_of(values: dict[str, Any]) -> int:
    """Which start of its job an event tells of, 0 where it does not."""
    return _whole(values.get("fence")) or 0


def _whole(value: Any) -> int | None:
    """A whole number, None for anything else."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) <= 18 else None
