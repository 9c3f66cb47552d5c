"""The life of a job as its page shows it: the legs between its states, and when it would be tried again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from callboard.jobs.states import ACTIVE, COMPLETED, DELAYED, FINAL, WAITING
from web.dashboard.shown import time_of

# The state in which a job is after an attempt that ended so, as long as the next one has not begun.
AFTER: Final = {"retry": DELAYED, "released": WAITING, "lost": WAITING}
LEGS_MOST: Final = 60
RETRIES_MOST: Final = 12


@dataclass(frozen=True, slots=True)
class Leg:
    """A stretch in one state: `ms` is its length, so far where it is not over; `share` of the whole life, 0 to 1."""

    state: str
    words: str
    begun_at: datetime | None
    ms: float | None
    share: float = 0.0
    now: bool = False


def legs(job: dict[str, Any], attempts: list[dict[str, Any]], now: datetime | None = None) -> list[Leg]:
    """The states of a job in order, as its attempts tell them: waited, ran, waited for the next attempt, ended."""
    now = now or datetime.now(UTC)
    found: list[Leg] = []
    since, state = time_of(job["enqueued_at"]), WAITING
    for attempt in attempts[-LEGS_MOST:]:
        begun, ended = time_of(attempt["started_at"]), time_of(attempt["ended_at"])
        if begun is None:
            continue
        found.append(leg(state, "", since, begun))
        running = ended is None and job["state"] == ACTIVE
        found.append(leg(ACTIVE, f"#{attempt['attempt']}", begun, now if running else ended, now=running))
        since, state = ended, AFTER.get(attempt["outcome"] or "", WAITING)
    if job["state"] in FINAL:
        found.append(Leg(job["state"], "", time_of(job["finished_at"]), None))
    elif job["state"] != ACTIVE:
        found.append(leg(job["state"], "", since, now, now=True))
    return shared(found)


def leg(state: str, words: str, since: datetime | None, until: datetime | None, *, now: bool = False) -> Leg:
    """A stretch between two times, of which one may be unknown."""
    ms = None if since is None or until is None else max(0.0, (until - since).total_seconds() * 1_000)
    return Leg(state, words, since, ms, now=now)


def shared(found: list[Leg]) -> list[Leg]:
    """The legs with their shares of the whole."""
    whole = sum(one.ms or 0.0 for one in found) or 1.0
    return [Leg(one.state, one.words, one.begun_at, one.ms, (one.ms or 0.0) / whole, one.now) for one in found]


def retries(job: dict[str, Any], policy: dict[str, Any]) -> list[tuple[int, timedelta]]:
    """The attempts that are left, with the longest wait before each by the policy of the type."""
    first, factor = policy["retry"]["first_ms"], policy["retry"]["factor"]
    done, allowed = max(1, job["attempt"]), job["attempts"]
    waits = [
        (number, min(policy["retry"]["at_most_ms"], first * factor ** (number - 2))) for number in range(2, allowed + 1)
    ]
    left = [(number, timedelta(milliseconds=ms)) for number, ms in waits if number > done]
    return [] if job["state"] == COMPLETED else left[:RETRIES_MOST]
