"""Follow jobs until they are finished: by their events, with a look of one's own each second."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from callboard.broker.errors import ConnectionLost, JobMissing, WaitTimeout
from callboard.jobs.states import FINAL
from cli.server import store, stream

if TYPE_CHECKING:
    from callboard.broker.stream import Event, Stream
    from callboard.jobs.record import Job

LOOK_EVERY: Final = 1.0
PATIENCE: Final = 30.0
Jobs = dict[str, "Job"]


def follow(
    ids: Sequence[str],
    timeout: float | None = None,
    hear: Callable[[Event], None] | None = None,
    meanwhile: Callable[[], None] | None = None,
) -> Iterator[Jobs]:
    """The jobs each time that one of them has changed, the last time when all are finished.

    `hear` is told each of their events, `meanwhile` is called each second. Raises JobMissing, WaitTimeout, and
    ConnectionLost when the server stays away for half a minute.
    """
    events = stream(ids=ids)
    deadline = None if timeout is None else time.monotonic() + timeout
    answered_at = time.monotonic()
    try:
        events.after = events.latest()
        while True:
            try:
                jobs = _look(ids)
                yield jobs
                if all(job.state in FINAL for job in jobs.values()):
                    return
                _wait_for_change(events, set(ids), hear, deadline)
                answered_at = time.monotonic()
                if meanwhile:
                    meanwhile()
            except ConnectionLost:
                # A server that restarts is back in a moment, and the jobs go on without us.
                if time.monotonic() - answered_at > PATIENCE:
                    raise
                time.sleep(0.2)
            if deadline and time.monotonic() >= deadline:
                raise WaitTimeout(_not_in_time(_look(ids), timeout or 0))
    finally:
        events.close()


def _look(ids: Sequence[str]) -> Jobs:
    """The jobs as they are. Raises JobMissing."""
    found = dict(zip(ids, store().find_many(ids), strict=True))
    jobs = {id: job for id, job in found.items() if job}
    missing = [id for id in ids if id not in jobs]
    if missing:
        raise JobMissing(f"job {', '.join(missing)} is unknown; it may have been forgotten after its retention time")
    return jobs


def _wait_for_change(
    events: Stream, ids: set[str], hear: Callable[[Event], None] | None, deadline: float | None
) -> None:
    """Read events until one is about the jobs, or a second has passed."""
    until = min(time.monotonic() + LOOK_EVERY, deadline or float("inf"))
    while (left := until - time.monotonic()) > 0:
        ours = [event for event in events.read(max(1, round(left * 1000))) if event.job in ids]
        for event in ours:
            if hear:
                hear(event)
        if ours:
            return


def _not_in_time(jobs: Jobs, timeout: float) -> str:
    waiting = [job for job in jobs.values() if job.state not in FINAL]
    named = ", ".join(f"{job.id} is {job.state}" for job in waiting[:3])
    return f"not finished within {timeout:g} s: {named}" + (f" and {len(waiting) - 3} more" if len(waiting) > 3 else "")
