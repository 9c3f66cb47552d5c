"""Progress as a value, how often it is written, and the estimate of the time that is left."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Final

PER_SECOND: Final = 10


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` units, and the step that the body is in. Raises ValueError unless 0 <= done <= total."""

    done: float
    total: float = 100
    step: str = ""

    def __post_init__(self) -> None:
        finite = math.isfinite(self.done) and math.isfinite(self.total)
        if not finite or self.total <= 0 or not 0 <= self.done <= self.total:
            raise ValueError(f"progress needs 0 <= done <= total and total > 0, got {self.done} of {self.total}")

    @property
    def percent(self) -> float:
        """From 0 to 100."""
        return round(100 * self.done / self.total, 1)

    def values(self, eta_ms: int | None) -> dict[str, Any]:
        """As it is kept in the record."""
        values: dict[str, Any] = {"done": self.done, "total": self.total, "percent": self.percent}
        if self.step:
            values["step"] = self.step[:200]
        if eta_ms is not None:
            values["eta_ms"] = eta_ms
        return values


@dataclass(slots=True)
class Pace:
    """Decides which progress is written: ten a second at most, a new step and the end always."""

    last_at: float = field(default=-math.inf)
    last: Progress | None = None
    first_at: float | None = None
    first_share: float = 0.0
    now: float = 0.0
    every: float = 1 / PER_SECOND

    def due(self, progress: Progress, now: float) -> bool:
        """Whether to write this one, told at `now` seconds of a steady clock."""
        if self.first_at is None:
            self.first_at, self.first_share = now, progress.done / progress.total
        turn = now - self.last_at >= self.every
        new = self.last is None or progress.step != self.last.step or progress.done == progress.total
        self.now = now
        if not (turn or new):
            return False
        self.last_at, self.last = now, progress
        return True

    def eta_ms(self) -> int | None:
        """Milliseconds that are left if it goes on at the mean pace so far, None while there is nothing to go by."""
        if self.last is None or self.first_at is None:
            return None
        share = self.last.done / self.last.total
        gained = share - self.first_share
        if gained <= 0 or self.now <= self.first_at:
            return None
        return round((self.now - self.first_at) / gained * (1 - share) * 1000)
