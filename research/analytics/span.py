"""A time with a zone, from its start to before its end, and its steps as the clock on the wall makes them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from callboard.jobs.clock import to_ms
from callboard.jobs.cron import BadZone, find_zone
from research.analytics.errors import BadSpan

LONGEST: Final = timedelta(days=5 * 366)
STEPS: Final = ("hour", "day", "week", "month")
STEPS_MOST: Final = 1_500
HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` to before `end`; days, weeks and months begin by the clock of `zone`."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    @property
    def start_ms(self) -> int:
        """Its first millisecond since 1970."""
        return to_ms(self.start)

    @property
    def end_ms(self) -> int:
        """The first millisecond after it."""
        return to_ms(self.end)


def span_of(start: datetime, end: datetime, zone: str = "UTC") -> Span:
    """The span between two times. Raises BadSpan, which says what is wrong with them."""
    for name, at in (("start", start), ("end", end)):
        if at.tzinfo is None:
            raise BadSpan(f"{name} needs a zone, such as 2026-11-01T00:00:00+01:00, got {at.isoformat()}")
    if end <= start:
        raise BadSpan(f"end must be after start, got {start.isoformat()} to {end.isoformat()}")
    if end - start > LONGEST:
        raise BadSpan(f"a time is at most 5 years long, got {(end - start).days:,} days; ask for less")
    try:
        return Span(start.astimezone(UTC), end.astimezone(UTC), find_zone(zone))
    except BadZone as error:
        raise BadSpan(str(error)) from None


@dataclass(frozen=True, slots=True)
class Steps:
    """The beginnings of the steps of a span, of which the first is that of the span itself."""

    starts: Sequence[datetime]
    stamps: Sequence[int]
    labels: Sequence[str]

    def label(self, at_ms: int) -> str:
        """The name of the step in which a time of the span falls: the local time at which it begins."""
        return self.labels[bisect_right(self.stamps, at_ms) - 1]


def steps_of(span: Span, step: str) -> Steps:
    """The hours, days, weeks or months of a span, cut off where it begins and ends. Raises BadSpan over 1,500."""
    starts, at = [span.start], _floor(span.start.astimezone(span.zone), step)
    while (at := _next(at, step)) < span.end:
        if len(starts) == STEPS_MOST:
            raise BadSpan(f"a time has at most {STEPS_MOST:,} steps, this one has more of one {step}; take longer ones")
        starts.append(at.astimezone(UTC))
    local = [start.astimezone(span.zone) for start in starts]
    return Steps(starts, [to_ms(start) for start in starts], [start.isoformat(timespec="minutes") for start in local])


def _floor(at: datetime, step: str) -> datetime:
    """The beginning of the step around a local time."""
    if step == "hour":
        return at.replace(minute=0, second=0, microsecond=0)
    day = at.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if step == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if step == "month" else day


def _next(at: datetime, step: str) -> datetime:
    """The beginning of the step after one that begins at a local time."""
    if step == "hour":
        return (at.astimezone(UTC) + HOUR).astimezone(at.tzinfo)
    if step == "month":
        return at.replace(year=at.year + at.month // 12, month=at.month % 12 + 1)
    # Within one zone this adds by the clock on the wall, so that a day with 23 or 25 hours is one day.
    return at + timedelta(days=7 if step == "week" else 1)
