"""Times and numbers as people read them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from callboard.jobs.clock import from_ms

UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def lasted(ms: int) -> str:
    """A length of time in its two largest units: `3 min 20 s`; under ten seconds with a tenth."""
    if ms < 10_000:
        return f"{ms / 1000:.1f} s"
    left, parts = ms // 1000, list[str]()
    for seconds, unit in UNITS:
        count, left = divmod(left, seconds)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])


def moment(ms: int) -> str:
    """A time in UTC: `2026-11-22 14:05 UTC`."""
    at = from_ms(ms)
    assert isinstance(at, datetime)
    return f"{at:%Y-%m-%d %H:%M} UTC"


def counted(number: int, word: str) -> str:
    """`1 job`, `2 jobs`."""
    return f"{number:,} {word}" + ("" if number == 1 else "s")
