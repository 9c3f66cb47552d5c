"""Which times of a schedule are due, and what becomes of those that have passed: rules without a clock of their own."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from callboard.jobs.clock import from_ms, to_ms
from callboard.jobs.cron import find_zone
from callboard.jobs.schedule import MOST, Schedule

# Up to this late a time counts as met: a restart, or a scheduler that takes over, is no reason to leave it out.
ON_TIME_MS: Final = 5_000


@dataclass(frozen=True, slots=True)
class Due:
    """What is to be done now: the times that get a job, how many passed without one, and when to look again.

    All times are milliseconds; `next_ms` is None when nothing is left to come.
    """

    fire: tuple[int, ...] = ()
    passed: int = 0
    last_passed_ms: int | None = None
    next_ms: int | None = None


def first_due(schedule: Schedule, now_ms: int) -> int | None:
    """When a schedule is due for the first time, set up or taken up again now; a single time may have passed."""
    if schedule.run_at is not None:
        return to_ms(schedule.run_at)
    return next(_after(schedule, now_ms), None)


def decide(schedule: Schedule, next_ms: int, now_ms: int) -> Due:
    """What is due at `now_ms` of a schedule whose next time was `next_ms`.

    A single time gets its job however late it is. Of several, those in time get one each; once the first is late,
    nobody was there, and the policy of the schedule decides.
    """
    if now_ms < next_ms:
        return Due(next_ms=next_ms)
    if schedule.run_at is not None:
        return Due(fire=(next_ms,))
    count, newest, after = 0, deque[int](maxlen=MOST), None
    for moment_ms in _from(schedule, next_ms):
        if moment_ms > now_ms:
            after = moment_ms
            break
        count += 1
        newest.append(moment_ms)
    chosen = _chosen(schedule, list(newest), now_ms)
    left_out = [moment_ms for moment_ms in newest if not chosen or moment_ms < chosen[0]]
    return Due(tuple(chosen), count - len(chosen), left_out[-1] if left_out else None, after)


def _chosen(schedule: Schedule, times: list[int], now_ms: int) -> list[int]:
    if schedule.on_missed == "all":
        return times[-schedule.cap :]
    on_time = [moment_ms for moment_ms in times if now_ms - moment_ms <= ON_TIME_MS]
    if len(on_time) == len(times):
        return times
    return on_time[-1:] if schedule.on_missed == "skip" else times[-1:]


def is_late(planned_ms: int, now_ms: int) -> bool:
    """Whether a job comes so late that it is marked."""
    return now_ms - planned_ms > ON_TIME_MS


def _from(schedule: Schedule, first_ms: int) -> Iterator[int]:
    yield first_ms
    yield from _after(schedule, first_ms)


def _after(schedule: Schedule, moment_ms: int) -> Iterator[int]:
    """The times of a cron schedule after a moment."""
    cron, moment = schedule.parsed, from_ms(moment_ms)
    assert cron is not None
    assert moment is not None
    for due in cron.after(moment, find_zone(schedule.zone)):
        yield to_ms(due)


def times_between(schedule: Schedule, start: datetime, end: datetime) -> Iterator[int]:
    """The times of a cron schedule from start to end, both included."""
    last_ms = to_ms(end)
    for moment_ms in _after(schedule, to_ms(start) - 1):
        if moment_ms > last_ms:
            return
        yield moment_ms
