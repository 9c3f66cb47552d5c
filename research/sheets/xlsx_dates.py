"""Which numbers of an .xlsx workbook are dates or times, and which ones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from research.sheets.cells import CellError
from research.sheets.xml_stream import elements

# ECMA-376 part 1, 18.8.30: the formats that are known by number alone, those of East Asian languages among them.
DATES: Final = frozenset((*range(14, 18), *range(27, 32), 34, 35, 36, *range(50, 59)))
MOMENTS: Final = frozenset((22,))
TIMES: Final = frozenset((18, 19, 20, 21, 32, 33, 45, 47))
DURATIONS: Final = frozenset((46,))
NOT_CODE: Final = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]', re.IGNORECASE)
FRACTION: Final = re.compile(r"s[.,]0+")
# With a place for a digit it is the format of a number, whatever letters stand beside it.
PLACEHOLDER: Final = re.compile(r"[0#?]|general|standard")
ELAPSED: Final = re.compile(r"\[(?:h+|m+|s+)\]", re.IGNORECASE)
LAST_SERIAL: Final = 2_958_466  # 9999-12-31, exclusive
MILLISECOND: Final = timedelta(milliseconds=1)


def built_in_kind(number: int) -> str | None:
    """What a format known by its number shows: `date`, `moment`, `time`, `duration` or a mere number."""
    kinds = (("date", DATES), ("moment", MOMENTS), ("time", TIMES), ("duration", DURATIONS))
    return next((kind for kind, numbers in kinds if number in numbers), None)


def format_kind(code: str) -> str | None:
    """What a format shows, from its code."""
    bare = NOT_CODE.sub("", code.partition(";")[0])
    if ELAPSED.search(bare):
        return "duration"
    lower = FRACTION.sub("s", bare.lower())
    if PLACEHOLDER.search(lower):
        return None
    days = bool(re.search(r"[ydb]|mmm", lower)) or ("m" in lower and not re.search(r"[hs]", lower))
    clock = bool(re.search(r"[hs]", lower))
    if days and clock:
        return "moment"
    return "date" if days else "time" if clock else None


def read_styles(part: str, blocks: Iterable[bytes]) -> list[str | None]:
    """What each cell format shows, in the order in which cells name them. Raises Damaged, Forbidden."""
    codes: dict[int, str] = {}
    numbers: list[int] = []
    for parent, name, attributes in elements(part, blocks):
        if (parent, name) == ("numFmts", "numFmt"):
            codes[_number(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif (parent, name) == ("cellXfs", "xf"):
            numbers.append(_number(attributes.get("numFmtId")))
    kinds = {number: format_kind(code) for number, code in codes.items()}
    return [kinds[number] if number in kinds else built_in_kind(number) for number in numbers]


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def moment(serial: float, kind: str, from_1904: bool) -> date | datetime | time | timedelta | CellError:
    """The date or time that a number stands for; days are counted from 1900 or from 1904."""
    if kind == "duration":
        return _rounded(timedelta(days=serial)) if abs(serial) < LAST_SERIAL else CellError(f"no time: {serial:g}")
    if not 0 <= serial < LAST_SERIAL:
        return CellError(f"no date: day {serial:g}")
    if serial < 1 and kind != "date" and not from_1904:
        return _clock(serial)
    if not from_1904 and 60 <= serial < 61:
        # Lotus 1-2-3 took 1900 for a leap year, and every spreadsheet program has kept that.
        return CellError("1900-02-29, a day that never was")
    start = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 31 if serial < 60 else 30)  # noqa: DTZ001 - sheets know no zones
    at = start + _rounded(timedelta(days=serial))
    if kind == "time" and serial < 1:
        return at.time()
    return at.date() if kind == "date" and at.time() == time() else at


def _clock(serial: float) -> time:
    seconds, rest = divmod(min(_rounded(timedelta(days=serial)), timedelta(days=1) - MILLISECOND), timedelta(seconds=1))
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60, rest.microseconds)


def _rounded(value: timedelta) -> timedelta:
    """To milliseconds: a day's fraction in floating point is not exact beyond that."""
    return round(value / MILLISECOND) * MILLISECOND


def iso_moment(text: str) -> Any:
    """A date written as text, as a cell of type `d` has it; the text itself where it is none."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        return CellError(f"no date: {text[:40]}")
