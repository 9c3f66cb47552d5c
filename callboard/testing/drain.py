"""Run what is due, one job after the other, until nothing is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Final

from callboard.jobs.errors import RetryLater
from callboard.jobs.outcome import Dropped, Fail, Release, RetryAfter
from callboard.testing.clock import HeldClock
from callboard.testing.errors import DrainUnfinished, JobFailed
from callboard.testing.ran import Drained, Ran
from callboard.testing.runner import Runner

# What a drain without a limit stops at: no test means to run so many, a job that comes back for ever does.
RUNAWAY: Final = 1000
Queues = Callable[[], Sequence[str]]


def drain(runner: Runner, queues: Queues, clock: HeldClock | None, limit: int | None, fail_fast: bool) -> Drained:
    """Run the jobs of some queues that are due; given a clock, move it to whatever is due next until nothing is.

    Raises DrainUnfinished after more than 1,000 attempts without a limit, and with `fail_fast` as `raise_failure` does.
    """
    attempts: list[Ran] = []
    for ran in _due(runner, queues, clock):
        attempts.append(ran)
        if fail_fast:
            raise_failure(ran, tried_again=clock is not None)
        if len(attempts) == limit:
            break
        if limit is None and len(attempts) > RUNAWAY:
            raise DrainUnfinished(_unfinished(attempts))
    return Drained(tuple(attempts))


def _due(runner: Runner, queues: Queues, clock: HeldClock | None) -> Iterator[Ran]:
    moves = 0
    while moves < RUNAWAY:
        attempt, next_ms = runner.fetch(queues())
        if attempt is not None:
            moves = 0
            yield runner.run(attempt)
        elif clock is None or next_ms < 0:
            return
        else:
            moves += 1
            clock.advance(timedelta(milliseconds=next_ms))
    raise DrainUnfinished(f"time was advanced {RUNAWAY:,} times and the job that is due next never ran: is it held up?")


def _unfinished(attempts: Sequence[Ran]) -> str:
    types = ", ".join(f"{type} {n:,} times" for type, n in Counter(ran.type for ran in attempts).most_common(3))
    return f"more than {RUNAWAY:,} attempts were run: {types}; give a limit if so many are meant"


def raise_failure(ran: Ran, *, tried_again: bool) -> None:
    """Raise what an attempt failed with, where nobody asked for the failure and nothing will follow it.

    That is each job that failed for good, one of a type that no module here declares, and where retries are not
    `tried_again` each failed attempt; not cancelled or snoozed jobs, nor those that raised RetryLater.
    """
    match ran.outcome:
        case Fail(failure):
            raise ran.error or JobFailed(f"{ran.type} {ran.id} failed: {failure.type}: {failure.message}")
        case RetryAfter(_, failure) if not tried_again and not isinstance(ran.error, RetryLater):
            raise ran.error or JobFailed(f"{ran.type} {ran.id} failed: {failure.type}: {failure.message}")
        case Dropped():
            raise JobFailed(f"{ran.type} {ran.id} was removed while it ran, or its child process uses another server")
        case Release(_, "no_worker"):
            raise JobFailed(f"no module imported here declares {ran.type} for this broker; import the one that does")
