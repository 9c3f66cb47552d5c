"""The history and the clock work: whether they keep up and agree with Redis, and what is in doubt."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from callboard.broker.lookout import look_at_data
from callboard.broker.tape import Tape
from callboard.history.continuity import MEANINGS, SAME, judge
from callboard.history.doubts import count_doubts
from callboard.history.live_rows import recorded_up_to, snapshot
from callboard.history.reconciler import last_round
from callboard.history.schedules_due import next_due_ms
from callboard.history.ticks import list_ticks
from research.health.check import Check, Place, judged
from research.notifications.words import lasted

LATE_SECONDS, BEHIND_SECONDS = 30.0, 600.0
STALE_SECONDS: Final = 300.0
OVERDUE_MS: Final = 120_000
RECORDER: Final = "start one: callboard recorder"
SCHEDULER: Final = "start one: callboard scheduler"


def recorder(place: Place) -> Iterator[Check]:
    """How far the history is behind what happens."""
    with snapshot(place.engine) as connection:
        at = recorded_up_to(connection, place.links.prefix)
    verdict = judge(at, look_at_data(place.links, at.last_id)) if at else SAME
    if verdict != SAME:
        yield judged("recorder", MEANINGS[verdict].partition(":")[0], RECORDER, warn=True)
        return
    count, seconds = _behind(place, at.last_id if at else "0-0")
    found = f"{count:,} events behind, the oldest {lasted(round(seconds * 1000))} old" if count else "up to date"
    late, lost = seconds >= LATE_SECONDS, seconds >= BEHIND_SECONDS
    yield judged("recorder", found, f"{RECORDER}; or see why it does not keep up", warn=late, fail=lost)


def _behind(place: Place, last_id: str) -> tuple[int, float]:
    """How many events come after one, and how long ago the first of them was, seconds."""
    tape = Tape(place.links)
    try:
        count, first_ms = tape.behind(last_id), tape.first_after(last_id)
    finally:
        tape.close()
    return count, (place.store.now_ms() - first_ms) / 1000 if first_ms else 0.0


def reconciler(place: Place) -> Iterator[Check]:
    """When Redis and SQL were compared the last time."""
    last = last_round(place.links)
    if last is None:
        late = _behind(place, "0-0")[1] >= STALE_SECONDS
        yield judged("reconciler", "nothing was compared yet", SCHEDULER, warn=late)
        return
    ago = time.time() - last[0] / 1000
    found = f"{lasted(round(ago * 1000))} ago: {last[1]}"
    yield judged("reconciler", found, SCHEDULER, warn=ago >= STALE_SECONDS)


def doubts(place: Place) -> Iterator[Check]:
    """Jobs that only the history knows as live, and whose end it may have missed."""
    number = count_doubts(place.engine)
    fix = "look at them: callboard ls reason:in_doubt; and run those again that should be: callboard retry ID"
    yield judged("jobs in doubt", f"{number:,}", fix, warn=number > 0)


def scheduler(place: Place) -> Iterator[Check]:
    """Whether a scheduler does its duties, and meets the times of schedules."""
    now_ms, due_ms = place.store.now_ms(), next_due_ms(place.engine)
    overdue = due_ms is not None and due_ms < now_ms - OVERDUE_MS
    at = max((tick.last_at for tick in list_ticks(place.engine) if tick.last_at), default=None)
    if at is None:
        found = "a schedule is overdue and nobody has looked" if overdue else "nobody has looked after schedules yet"
        yield judged("scheduler", found, SCHEDULER, fail=overdue)
        return
    ago_ms = now_ms - round(at.timestamp() * 1000)
    silent = due_ms is not None and ago_ms > OVERDUE_MS
    found = f"looked {lasted(max(0, ago_ms))} ago" + ("; a schedule is overdue" if overdue else "")
    yield judged("scheduler", found, SCHEDULER, warn=silent, fail=overdue)
