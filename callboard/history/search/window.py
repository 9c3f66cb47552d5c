"""A stretch of the history: the jobs whose numbers lie between two."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.sql import ColumnElement


@dataclass(frozen=True, slots=True)
class Window:
    """Numbers above `low` and below `high`; None leaves that end open."""

    low: int | None = None
    high: int | None = None

    def holds(self, number: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """The conditions that a number lies within."""
        ends = [] if self.low is None else [number > self.low]
        return ends if self.high is None else [*ends, number < self.high]

    def cut(self, other: Window) -> Window:
        """What lies within both."""
        lows = [window.low for window in (self, other) if window.low is not None]
        highs = [window.high for window in (self, other) if window.high is not None]
        return Window(max(lows, default=None), min(highs, default=None))


ALL = Window()
