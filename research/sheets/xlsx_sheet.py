"""The rows of a sheet of an .xlsx workbook, one by one, whatever its size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from research.sheets.cells import Area, CellError, SheetRow, column_number, is_blank, letters, whole
from research.sheets.errors import Damaged, Forbidden, TooLarge
from research.sheets.limits import Limits
from research.sheets.xlsx_dates import iso_moment, moment
from research.sheets.xlsx_strings import Strings, unescape
from research.sheets.xml_stream import XmlStream, local

DIGITS: Final = "0123456789"
NO_RESULT: Final = CellError("a formula without a stored result")


@dataclass(slots=True)
class Meaning:
    """What cells of a workbook refer to, and how many of them were read from it so far."""

    strings: Strings
    kinds: list[str | None]
    from_1904: bool
    limits: Limits
    cells: int = 0
    columns: dict[str, int] = field(default_factory=dict)


class SheetReader:
    """Turns the events of a sheet into rows; merged areas come after the rows."""

    def __init__(self, part: str, meaning: Meaning) -> None:
        self.merged: list[Area] = []
        self._stream = XmlStream(part)
        self._meaning = meaning
        self._names: dict[str, str] = {}
        self._done: list[SheetRow] = []
        self._line = self._column = 0
        self._cells: dict[int, Any] = {}
        self._kind, self._style, self._formula = "n", 0, False
        self._text: list[str] = []
        self._length = 0
        self._reading = self._aside = False
        self._stream.handle(self._start, self._end, self._characters)

    def rows(self, blocks: Iterable[bytes]) -> Iterator[SheetRow]:
        """The rows that have a filled cell. Raises Damaged, Forbidden, TooLarge."""
        for block in blocks:
            self._stream.feed(block)
            done, self._done = self._done, []
            yield from done
        self._stream.finish()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        word = self._names.get(name) or self._names.setdefault(name, local(name))
        if word == "c":
            self._begin_cell(attributes)
        elif word in ("v", "t"):
            self._reading = not self._aside
        elif word == "f":
            self._formula = True
        elif word == "row":
            self._begin_row(attributes)
        elif word == "rPh":
            self._aside = True
        elif word == "mergeCell":
            self._merge(attributes.get("ref", ""))

    def _end(self, name: str) -> None:
        word = self._names.get(name) or local(name)
        if word == "c":
            self._end_cell()
        elif word in ("v", "t"):
            self._reading = False
        elif word == "rPh":
            self._aside = False
        elif word == "row" and self._cells:
            self._done.append(SheetRow(self._line, self._cells))
            self._cells = {}

    def _characters(self, text: str) -> None:
        if not self._reading:
            return
        self._length += len(text)
        if self._length > self._meaning.limits.text:
            where = f"{letters(self._column)}{self._line}"
            raise TooLarge(f"cell {where} has more than {self._meaning.limits.text:,} characters")
        self._text.append(text)

    def _begin_row(self, attributes: dict[str, str]) -> None:
        line = _whole_number(attributes["r"]) if "r" in attributes else self._line + 1
        if line <= self._line:
            raise Damaged(f"row {line} of the sheet comes after row {self._line}")
        if line > self._meaning.limits.lines:
            raise TooLarge(f"row {line:,}: a sheet has at most {self._meaning.limits.lines:,} rows")
        self._line, self._column = line, -1

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        meaning = self._meaning
        place = attributes.get("r")
        column = self._column_of(place.rstrip(DIGITS)) if place else self._column + 1
        meaning.cells += 1
        if meaning.cells > meaning.limits.cells:
            raise TooLarge(f"the sheet has more than {meaning.limits.cells:,} cells")
        self._column = column
        self._kind = attributes.get("t", "n")
        self._style = _whole_number(attributes.get("s", "0"))
        self._text, self._length, self._formula = [], 0, False

    def _column_of(self, name: str) -> int:
        known = self._meaning.columns
        if name not in known:
            try:
                known[name] = column_number(name)
            except ValueError as error:
                raise Damaged(f"a cell of row {self._line} has no place: {error}") from None
        return known[name]

    def _end_cell(self) -> None:
        value = self._value("".join(self._text))
        if is_blank(value):
            return
        if self._column >= self._meaning.limits.columns:
            where = f"{letters(self._column)}{self._line}"
            raise TooLarge(f"cell {where}: at most {self._meaning.limits.columns:,} columns are read")
        if self._column in self._cells:
            raise Damaged(f"cell {letters(self._column)}{self._line} comes twice")
        self._cells[self._column] = value

    def _value(self, text: str) -> Any:
        kind = self._kind
        if not text:
            return NO_RESULT if self._formula and kind not in ("str", "inlineStr") else None
        if kind == "n":
            return self._number(text)
        if kind == "s":
            return self._shared(text)
        if kind in ("str", "inlineStr"):
            return unescape(text)
        return text.strip() in ("1", "true") if kind == "b" else _rare(kind, text)

    def _number(self, text: str) -> Any:
        try:
            number = float(text)
        except ValueError:
            return CellError(f"no number: {text[:40]}")
        if number - number != 0:  # infinite, or not a number
            return CellError(f"no number: {text[:40]}")
        kinds = self._meaning.kinds
        kind = kinds[self._style] if self._style < len(kinds) else None
        return moment(number, kind, self._meaning.from_1904) if kind else whole(number)

    def _shared(self, text: str) -> str:
        try:
            return self._meaning.strings[int(text)]
        except (ValueError, IndexError) as error:
            raise Damaged(f"cell {letters(self._column)}{self._line} refers to a text that is not there") from error

    def _merge(self, reference: str) -> None:
        first, _, last = reference.replace("$", "").partition(":")
        if not last:
            return
        try:
            (left, top), (right, bottom) = _place(first), _place(last)
        except ValueError as error:
            raise Damaged(f"the merged area {reference[:40]} is none") from error
        self.merged.append(Area(top, left, bottom, right))
        if len(self.merged) > self._meaning.limits.merged:
            raise Forbidden(f"the sheet has more than {self._meaning.limits.merged:,} merged areas")


def _place(reference: str) -> tuple[int, int]:
    """Column and line of a reference such as B7. Raises ValueError."""
    name = reference.rstrip(DIGITS)
    return column_number(name), int(reference[len(name) :])


def _rare(kind: str, text: str) -> Any:
    return iso_moment(text) if kind == "d" else CellError(text[:40])


def _whole_number(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise Damaged(f"a number of a row or style was expected, got {text[:20]!r}")
    return int(text)
