"""When a job may be expected to start and finish, by what is before it, how long that takes, how many run at once."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

BASES: Final = {
    "progress": "by the pace of its progress",
    "history": "by the newest completed jobs",
    "due": "by the time at which it is due",
    "slots": "a worker has room for it now",
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """`place` jobs are before it in its line; times and `basis` are None where there is nothing to go by."""

    place: int | None = None
    starts_at: datetime | None = None
    finishes_at: datetime | None = None
    basis: str | None = None


def left_by_progress_ms(progress: object) -> float | None:
    """Milliseconds that a running job needs yet by its own progress, None where that does not tell."""
    eta: Any = progress.get("eta_ms") if isinstance(progress, Mapping) else None
    known = isinstance(eta, int | float) and not isinstance(eta, bool) and eta >= 0
    return float(eta) if known else None


def left_by_history_ms(elapsed_ms: float, usual_ms: Sequence[float]) -> float | None:
    """Milliseconds that a running job needs yet where such jobs take `usual_ms`, ascending percentiles.

    The first of them that it has not yet passed; None for one that has outrun them all, of which nobody knows.
    """
    return next((usual - elapsed_ms for usual in usual_ms if usual > elapsed_ms), None)


def wait_ms(slots: int, running_ms: Sequence[float], ahead_ms: Sequence[float], further_ms: float = 0.0) -> float:
    """Milliseconds until a slot is free for a job, when `slots` jobs run at once and each takes the next free slot.

    `running_ms` is what the active jobs need yet, `ahead_ms` what those before it in the line take, in order, and
    `further_ms` the sum of what those take which were not looked at one by one. By playing it through: O(n log slots).
    """
    if slots < 1:
        raise ValueError(f"an estimate needs at least one slot, got {slots}")
    # More may run than there are slots since a limit was lowered: the first of them to end make no room.
    busy = sorted(running_ms)[max(0, len(running_ms) - slots) :]
    free_at = [0.0] * (slots - len(busy)) + list(busy)
    heapq.heapify(free_at)
    for duration in ahead_ms:
        heapq.heapreplace(free_at, free_at[0] + duration)
    return free_at[0] + further_ms / slots
