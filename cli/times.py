"""Times and durations as people write and read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import click

UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


class Duration(click.ParamType):
    """`5m`, `1h30m`, `250ms`; a bare number is seconds. Becomes seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The seconds; fails where the text is no duration."""
        if isinstance(value, int | float):
            return float(value)
        parts = re.findall(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d)?", value.strip())
        if not parts or "".join(number + unit for number, unit in parts) != value.strip():
            self.fail(f"expected a duration such as 30s, 5m or 1h30m, got {value!r}", param, ctx)
        return sum(float(number) * UNITS[unit or "s"] for number, unit in parts)


class Moment(click.ParamType):
    """An ISO 8601 time; one without a zone is local time. Becomes an aware datetime in UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The time; fails where the text is none."""
        if isinstance(value, datetime):
            return value
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except (ValueError, OverflowError, OSError):
            self.fail(f"expected a time such as 2031-05-04T09:30:00Z, got {value!r}", param, ctx)


def now() -> datetime:
    """The time of this machine, for display."""
    return datetime.now(UTC)


def lasted(seconds: float) -> str:
    """A duration in at most two units: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`, `4 d 3 h`."""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    for size, unit, below, smaller in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // below
            return f"{whole // size} {unit}" + (f" {rest} {smaller}" if rest else "")
    return f"{whole} s"


def brief(seconds: float) -> str:
    """A duration as it is typed: `90s`, `5m`, `1h`, `250ms`."""
    whole = round(seconds * 1000)
    for size, unit in ((86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s")):
        if whole and whole % size == 0:
            return f"{whole // size}{unit}"
    return f"{whole}ms"


def coarse(seconds: float) -> str:
    """A duration in one unit: `now`, `12 s`, `3 min`, `2 h`, `4 d`."""
    if seconds < 1:
        return "now"
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(seconds)} s"


def ago(moment: datetime | None) -> str:
    """How long ago something was, or in how long it will be: `3 min ago`, `in 20 s`."""
    if moment is None:
        return ""
    seconds = (now() - moment).total_seconds()
    if abs(seconds) < 1:
        return "now"
    return f"{coarse(seconds)} ago" if seconds > 0 else f"in {coarse(-seconds)}"


def local(moment: datetime | None) -> str:
    """A time of day on this machine, with the date."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S") if moment else ""


def span(start: datetime | None, end: datetime | None) -> timedelta | None:
    """From start to end, None where one is missing."""
    return end - start if start and end else None
