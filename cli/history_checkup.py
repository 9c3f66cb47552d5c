"""What the doctor looks at in the history: whether it keeps up and agrees with Redis, and what is in doubt."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

from callboard.broker.startup import Finding
from cli.server import database, links, store
from cli.times import lasted

LATE_SECONDS: Final = 30.0
STALE_SECONDS: Final = 300.0
START_ONE: Final = "start one: callboard recorder"


def history_findings() -> Iterator[Finding]:
    """All of it; what cannot be looked at is a finding too."""
    for name, look in (("recorder", recorder), ("reconciler", reconciler), ("jobs in doubt", doubts)):
        yield _tried(name, look)


def recorder() -> Finding:
    """How far the history is behind what happens."""
    from callboard.broker.lookout import look_at_data
    from callboard.history.continuity import MEANINGS, SAME, judge
    from callboard.history.live_rows import recorded_up_to, snapshot

    with snapshot(database()) as connection:
        at = recorded_up_to(connection, links().prefix)
    verdict = judge(at, look_at_data(links(), at.last_id)) if at else SAME
    if verdict != SAME:
        return Finding("recorder", False, MEANINGS[verdict].partition(":")[0], START_ONE)
    count, seconds = _behind(at.last_id if at else "0-0")
    found = f"{count:,} events behind, the oldest {lasted(seconds)} old" if count else "up to date"
    return Finding("recorder", seconds < LATE_SECONDS, found, f"{START_ONE}; or see why it does not keep up")


def _behind(last_id: str) -> tuple[int, float]:
    """How many events come after one, and how long ago the first of them was, seconds."""
    from callboard.broker.tape import Tape

    tape = Tape(links())
    try:
        count, first_ms = tape.behind(last_id), tape.first_after(last_id)
    finally:
        tape.close()
    return count, (store().now_ms() - first_ms) / 1000 if first_ms else 0.0


def reconciler() -> Finding:
    """When Redis and SQL were compared the last time."""
    from callboard.history.reconciler import last_round

    last = last_round(links())
    if last is None:
        return Finding("reconciler", _behind("0-0")[1] < STALE_SECONDS, "nothing was compared yet", START_ONE)
    ago = time.time() - last[0] / 1000
    return Finding("reconciler", ago < STALE_SECONDS, f"{lasted(ago)} ago: {last[1]}", START_ONE)


def doubts() -> Finding:
    """Jobs that only the history knows as live, and whose end it may have missed."""
    from callboard.history.doubts import count_doubts

    number = count_doubts(database())
    fix = "look at them: callboard ls reason:in_doubt; and run those again that should be: callboard retry ID"
    return Finding("jobs in doubt", number == 0, f"{number:,}", fix)


def _tried(name: str, look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Exception as error:  # noqa: BLE001 - a doctor reports what it meets
        return Finding(name, False, str(error).splitlines()[0], "run callboard migrate")
