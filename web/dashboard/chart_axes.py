"""The axes of charts: round numbers, times along them, and the words for both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from web.dashboard.shown import duration, money, number, percent, size, time_of

STAMPS: Final = 5
# Above these the words of a step leave out what they can do without.
FORMATS: Final = ((timedelta(minutes=4), "%H:%M:%S"), (timedelta(days=2), "%H:%M"), (timedelta(days=15), "%a %d"))
# Tops of an axis of durations, milliseconds: 1, 2, 5 ... of a second, then of a minute, an hour, a day.
TOPS_MS: Final = (
    *(digit * 10**power for power in range(4) for digit in (1, 2, 5)),
    *(seconds * 1_000 for seconds in (10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800)),
    *(hours * 3_600_000 for hours in (12, 24, 48, 96, 168, 336, 720, 1_440, 2_880, 5_760, 11_520)),
)
UNITS: Final[Mapping[str, Callable[[float], str]]] = {
    "": number,
    "ms": duration,
    "bytes": size,
    "share": percent,
    "usd": money,
}


def times(steps: Sequence[Mapping[str, Any]], end: Any) -> list[tuple[datetime, datetime]]:
    """When each step begins and ends; the last is as long as the one before it where no end is given."""
    starts = [found.astimezone(UTC) for step in steps if (found := time_of(step["at"]))]
    if not starts:
        return []
    length = starts[-1] - starts[-2] if len(starts) > 1 else timedelta(minutes=1)
    given = time_of(end)
    last = given.astimezone(UTC) if given else starts[-1] + length
    return list(zip(starts, [*starts[1:], last], strict=True))


def top_of(most: float, unit: str) -> float:
    """The top of an axis: the next round number."""
    if unit == "ms":
        return next((top for top in TOPS_MS if top >= most), most)
    if unit == "share":
        return next(top for top in (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, most) if top >= most)
    power = 1.0 if unit == "" else 1e-6
    while power * 10 < most:
        power *= 10
    top = next((digit * power for digit in (1, 2, 4, 5, 6, 8) if digit * power >= most), 10 * power)
    # Jobs are counted in whole ones, in the middle of the axis too.
    return max(top, 2.0) if unit == "" and top < 2 else top


def axis(top: float, unit: str) -> tuple[str, ...]:
    """The words of the axis, from the top down."""
    say = UNITS[unit]
    if unit == "":
        return (say(round(top)), say(round(top / 2)) if top % 2 == 0 else say(top / 2), "0")
    return (say(top), say(top / 2), "0")


def stamps(start: datetime, end: datetime) -> tuple[str, ...]:
    """Times along the axis, the first at its begin and the last at its end."""
    form = next((form for most, form in FORMATS if end - start <= most), "%d %b")
    return tuple(f"{start + (end - start) * at / (STAMPS - 1):{form}}" for at in range(STAMPS))


def title(start: datetime, end: datetime, words: Sequence[str]) -> str:
    """What is told of a step under the pointer."""
    return f"{stamp(start, end)} UTC\n" + ("\n".join(words) or "nothing")


def stamp(start: datetime, end: datetime) -> str:
    """A step in words, to the minute where that is exact: `22 Nov 14:00 – 14:15`."""
    clock = "%H:%M" if start.second == end.second == 0 else "%H:%M:%S"
    same = start.date() == end.date()
    return f"{start:%d %b {clock}} – {end.strftime(clock if same else f'%d %b {clock}')}"


def said(value: float | None, say: Callable[[float], str]) -> str:
    """A value in words; a dash where there is none."""
    return "–" if value is None else say(value)
