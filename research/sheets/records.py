"""From the row of a sheet to the values of a record, with each cell that is not what it should be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from research.sheets.cells import Area, CellError, SheetRow, address, plain
from research.sheets.errors import UnknownSheet
from research.sheets.expected import KINDS, NotExpected
from research.sheets.open_book import Book
from research.sheets.survey import SheetPlan

GOT_CHARACTERS: Final = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """A cell that is not what was expected: `sheet!B7`."""

    cell: str
    column: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.cell} ({self.column}): {self.expected} was expected, got {self.got}"


@dataclass(slots=True)
class Record:
    """A row on its way to a table: its values by column, None in a cell that is blank or wrong."""

    line: int
    values: dict[str, Any]
    problems: list[Problem] = field(default_factory=list)
    trimmed: int = 0

    def lacks(self, keys: tuple[str, ...]) -> bool:
        """Whether a column is blank by which the row would be known."""
        return any(self.values[name] is None for name in keys)

    def left_out(self, keys: tuple[str, ...], on_error: str) -> bool:
        """Whether the row cannot be stored, or is not to be because of a bad cell."""
        return self.lacks(keys) or (on_error == "skip" and bool(self.problems))


@dataclass(frozen=True, slots=True)
class Form:
    """In which form records are wanted: kinds by column, columns that must not be blank, merged areas filled."""

    kinds: Mapping[str, str] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    fill_merged: bool = False


def check_columns(plan: SheetPlan, form: Form) -> None:
    """Whether a sheet has the columns that are asked for. Raises UnknownSheet."""
    there = plan.columns.values()
    missing = [name for name in (*form.keys, *form.kinds) if name not in there]
    if missing:
        known = ", ".join(map(repr, list(there)[:30]))
        raise UnknownSheet(f"sheet {plan.sheet!r} has no column {missing[0]!r}; it has {known}")


def records(book: Book, plan: SheetPlan, form: Form, after: int = 0) -> Iterator[Record]:
    """The records of a sheet below line `after`, in order. Raises SheetError."""
    merged = Merged(plan.merged if form.fill_merged else [])
    for row in book.rows(plan.sheet):
        if row.line > plan.last:
            return
        full = merged.filled(row)
        if row.line >= plan.first and row.line > after:
            yield _record(full, plan, form)


def _record(row: SheetRow, plan: SheetPlan, form: Form) -> Record:
    record = Record(row.line, {})
    for column, name in plan.columns.items():
        try:
            record.values[name] = _value(row.cells.get(column), form.kinds.get(name), record)
            _check_key(record, name, form)
        except NotExpected as error:
            record.values[name] = None
            where = address(plan.sheet, row.line, column)
            record.problems.append(Problem(where, name, str(error), _got(row.cells.get(column))))
    return record


def _check_key(record: Record, name: str, form: Form) -> None:
    if name in form.keys and record.values[name] is None:
        raise NotExpected("a value by which the row is known")


def _value(value: Any, kind: str | None, record: Record) -> Any:
    if isinstance(value, str):
        bare = value.strip()
        record.trimmed += bare != value
        value = bare or None
    if value is None:
        return None
    if isinstance(value, CellError):
        raise NotExpected(KIND_WORDS.get(kind or "", "a value"))
    return KINDS[kind](value) if kind else plain(value)


KIND_WORDS: Final = {
    "text": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "date": "a date",
    "datetime": "a date and time",
}


def _got(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, CellError):
        return value.text
    return repr(plain(value))[:GOT_CHARACTERS]


class Merged:
    """Gives the value of a merged area, which its first cell has, to all its cells; rows come in order."""

    def __init__(self, areas: list[Area]) -> None:
        self._coming = sorted(areas, key=lambda area: (area.top, area.left), reverse=True)
        self._open: list[tuple[Area, Any]] = []

    def filled(self, row: SheetRow) -> SheetRow:
        """The row with what its merged areas say."""
        while self._coming and self._coming[-1].top <= row.line:
            area = self._coming.pop()
            if area.top == row.line and area.left in row.cells:
                self._open.append((area, row.cells[area.left]))
        self._open = [(area, value) for area, value in self._open if area.bottom >= row.line]
        if not self._open:
            return row
        given = {column: value for area, value in self._open for column in range(area.left, area.right + 1)}
        return SheetRow(row.line, given | row.cells)
