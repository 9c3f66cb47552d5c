"""The times that charts show, in steps that begin at round minutes, hours and days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from web.problems import Problem

# Name, length, length of a step; a day's steps begin at midnight UTC.
RANGES: Final = {
    "1h": (timedelta(hours=1), timedelta(minutes=1)),
    "6h": (timedelta(hours=6), timedelta(minutes=5)),
    "24h": (timedelta(hours=24), timedelta(minutes=20)),
    "7d": (timedelta(days=7), timedelta(hours=2)),
    "30d": (timedelta(days=30), timedelta(hours=12)),
    "90d": (timedelta(days=90), timedelta(days=1)),
}


@dataclass(frozen=True, slots=True)
class Span:
    """A time in steps; `end` is the end of the step that is not over yet."""

    name: str
    start: datetime
    end: datetime
    step: timedelta

    @property
    def asked(self) -> dict[str, Any]:
        """The parameters of `/stats/throughput` and its neighbours: `ask("/stats/throughput", **span.asked)`."""
        times = {"from_": self.start.isoformat(), "to": self.end.isoformat()}
        return times | {"step_ms": self.step // timedelta(milliseconds=1)}

    @property
    def before(self) -> Span:
        """The time of the same length that ends where this begins."""
        return Span(self.name, self.start - (self.end - self.start), self.start, self.step)


def span(name: str, now: datetime | None = None) -> Span:
    """The time of a name. Raises Problem."""
    if name not in RANGES:
        raise Problem(422, "invalid", f"range {name[:40]!r} is unknown; there are {', '.join(RANGES)}")
    length, step = RANGES[name]
    now = now or datetime.now(UTC)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    end = day + ((now - day) // step + 1) * step
    return Span(name, end - length, end, step)
