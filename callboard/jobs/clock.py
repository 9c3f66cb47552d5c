"""Times and durations as the engine keeps them: aware datetimes in UTC, integer milliseconds in Redis."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


def from_ms(value: int | str | None) -> datetime | None:
    """The time of a millisecond stamp, None where there is none."""
    return None if value in (None, "") else datetime.fromtimestamp(int(value) / 1000, UTC)


def to_ms(moment: datetime) -> int:
    """The millisecond stamp of an aware datetime. Raises ValueError when it has no time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"a time needs a time zone, got {moment.isoformat()} without one")
    return round(moment.timestamp() * 1000)


def duration_ms(value: timedelta | float) -> int:
    """Milliseconds of a duration given as a timedelta or in seconds."""
    return round((value.total_seconds() if isinstance(value, timedelta) else value) * 1000)


def wall_ms() -> int:
    """This machine's clock, for display only: decisions are made by the clock of the server."""
    return time.time_ns() // 1_000_000
