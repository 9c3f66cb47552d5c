"""Times in cells: dates and times in the usual spellings, times of day, and what they are in seconds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Final

DATES: Final = (
    *("%d %b %Y", "%a, %d %b %Y", "%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%d.%m.%Y", "%d.%m.%y", "%Y/%m/%d", "%Y.%m.%d"),
    *("%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%Y", "%m-%d-%Y", "%b %d, %Y", "%b %d %Y", "%Y%m%d"),
)
CLOCKS: Final = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S,%f", "")
FORMATS: Final = (
    *(f"{day}{glue}{clock}" for clock in CLOCKS for glue in ((" ", "T", ", ") if clock else ("",)) for day in DATES),
    *("%a %b %d %H:%M:%S %Y",),
)
ZONE: Final = re.compile(r"\s*\(?\b(?:GMT|UTC|Z)\)?\Z", re.I)
CLOCK: Final = re.compile(r"(?:(\d+)[d\s.]\s*)?(\d{1,4}):(\d{2})(?::(\d{2}(?:[.,]\d+)?))?\s*([ap]m)?\Z", re.I)
TIME_LIKE: Final = re.compile(
    r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\b\d{1,3}:\d{2}\b|\d{1,2}[ -][^\W\d]{3,9}[ ,-]+\d{2,4}|"
    r"[^\W\d]{3,9}\.? \d{1,2},? \d{4}"
)
ISO: Final = "iso"
DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Spelling:
    """How the times of a column are written: a format of strptime or `iso`; `doubt` where another would fit too."""

    form: str
    doubt: str | None = None


def looks_like_time(cell: Any) -> bool:
    """Whether a cell is, or is written like, a date or a time of day: a quick look, for finding the table."""
    return isinstance(cell, date | time | timedelta) or (isinstance(cell, str) and bool(TIME_LIKE.search(cell)))


def moment(cell: Any, spelling: str) -> float | None:
    """A time in seconds since 1970, None for what is none; a time without a zone is taken as UTC."""
    if isinstance(cell, datetime):
        return (cell if cell.tzinfo else cell.replace(tzinfo=UTC)).timestamp()
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day, tzinfo=UTC).timestamp()
    if not isinstance(cell, str):
        return None
    text = " ".join(ZONE.sub("", cell).split())
    try:
        read = datetime.fromisoformat(text) if spelling == ISO else datetime.strptime(text, spelling)  # noqa: DTZ007 - a zone is added below
    except ValueError:
        return None
    # The digits of a number are no date, though `20230708` would be a short form of one.
    if spelling == ISO and len(text) < 8:
        return None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def spelling_of(cells: Sequence[Any]) -> Spelling | None:
    """How most of these cells write a time, None where less than half of them are times.

    Day and month of `07/08/2023` are told apart by all cells together: by one that is over 12, else by which order
    makes the times go forward.
    """
    texts = [cell for cell in cells if isinstance(cell, str) and any(c in cell for c in "-/:.,T ")]
    typed = sum(isinstance(cell, datetime | date) for cell in cells)
    if typed * 2 >= len(cells) > 0:
        return Spelling(ISO)
    if not texts:
        return None
    counts = {form: sum(moment(text, form) is not None for text in texts[:20]) for form in (ISO, *FORMATS)}
    likely = [form for form, count in counts.items() if count >= 0.5 * max(*counts.values(), 1)]
    full = {form: sum(moment(text, form) is not None for text in texts) for form in likely}
    most = max(full.values(), default=0)
    if most * 2 < len(cells) or not most:
        return None
    best = [form for form in likely if full[form] == most]
    return Spelling(*forward(best, texts))


def forward(formats: Sequence[str], texts: Sequence[str]) -> tuple[str, str | None]:
    """Of formats that read the same cells, the one in whose order the times run forward in the smallest steps."""
    if len(formats) == 1:
        return formats[0], None

    def disorder(form: str) -> tuple[int, float]:
        times = [seconds for text in texts if (seconds := moment(text, form)) is not None]
        back = sum(after < before for before, after in pairwise(times))
        return back, max(times) - min(times)

    ranked = sorted(formats, key=disorder)
    first, second = ranked[:2]
    doubt = f"also readable as {second}" if disorder(first) == disorder(second) else None
    return first, doubt


def time_of_day(cell: Any) -> float | None:
    """Seconds in a time of day or a stop watch's `hh:mm:ss`, None for anything else."""
    if isinstance(cell, time):
        return cell.hour * 3600 + cell.minute * 60 + cell.second + cell.microsecond / 1e6
    if isinstance(cell, timedelta):
        return cell.total_seconds()
    found = CLOCK.match(cell.strip()) if isinstance(cell, str) else None
    if not found:
        return None
    days, hours, minutes, seconds, half = found.groups()
    hour = int(hours) % 12 + 12 * (half.lower() == "pm") if half else int(hours)
    return int(days or 0) * DAY + hour * 3600 + int(minutes) * 60 + float((seconds or "0").replace(",", "."))


def unrolled(seconds: Sequence[float | None]) -> list[float | None]:
    """Times of day that go on over midnight: a day is added where they fall back by more than half a day."""
    days, last, out = 0.0, None, []
    for value in seconds:
        if value is not None and last is not None and value < last - DAY / 2:
            days += DAY
        last = value if value is not None else last
        out.append(None if value is None else value + days)
    return out
