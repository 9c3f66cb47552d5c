"""A cell of a sheet: its address, what it may hold, and how that is written as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

EXACT: Final = 2**53  # whole numbers beyond it are no longer exact in a cell


@dataclass(frozen=True, slots=True)
class CellError:
    """A cell that has no value to import: an error of the sheet, or what cannot be read."""

    text: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """The filled cells of a row by column, counted from 0; `line` is its number in the sheet, counted from 1."""

    line: int
    cells: dict[int, Any]


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of cells, ends included: lines counted from 1, columns from 0."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook: its name, its kind (`worksheet`, `chart`, ...) and whether one sees it."""

    name: str
    kind: str = "worksheet"
    state: str = "visible"


def is_blank(value: Any) -> bool:
    """Whether a cell shows nothing: no value, or text of blanks."""
    return value is None or (isinstance(value, str) and not value.strip())


def letters(column: int) -> str:
    """The letters of a column counted from 0: 27 is AB."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def column_number(text: str) -> int:
    """The column of its letters, counted from 0. Raises ValueError."""
    number = 0
    for letter in text:
        if not "A" <= letter <= "Z":
            raise ValueError(f"a column is named with letters from A to Z, got {text[:10]!r}")
        number = number * 26 + ord(letter) - 64
    return number - 1


def address(sheet: str, line: int, column: int) -> str:
    """Where a cell is, as a formula would name it: Sheet1!B7."""
    return f"{sheet}!{letters(column)}{line}"


def whole(number: float) -> int | float:
    """A number without a fraction as an integer: workbooks store nothing but floating point."""
    return int(number) if number.is_integer() and abs(number) <= EXACT else number


def plain(value: Any) -> str | int | float | bool | None:
    """A value as JSON holds it: dates and times in the forms of ISO 8601."""
    if isinstance(value, timedelta):
        return duration(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return whole(value) if isinstance(value, float) else value


def duration(value: timedelta) -> str:
    """A length of time as ISO 8601 writes it: PT255H10M10S."""
    sign = "-" if value < timedelta(0) else ""
    seconds = abs(value.total_seconds())
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{sign}PT{int(hours)}H{int(minutes)}M{round(seconds, 3):g}S"
