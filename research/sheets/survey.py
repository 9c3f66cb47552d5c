"""Go over a workbook once before anything is stored: what its sheets hold, where their tables begin and end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any, Final

from research.sheets.cells import Area, Sheet, SheetRow
from research.sheets.errors import Damaged, NothingToImport, TooLarge, UnknownSheet
from research.sheets.header import SAMPLE_ROWS, column_names, find_header
from research.sheets.limits import LIMITS
from research.sheets.open_book import Book

NOTE_SHARE: Final = 3
SHEETS_NAMED: Final = 10
NOTES_SHOWN: Final = 5
NOTE_CHARACTERS: Final = 80
WATCH_EVERY: Final = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a workbook is to be imported; `header_row` 0 says that there is none, None that it is to be found."""

    sheets: tuple[str, ...] = ()
    header_row: int | None = None
    keep_notes: bool = False
    fill_merged: bool = False


@dataclass(frozen=True, slots=True)
class SheetPlan:
    """The table of a sheet: lines from `first` to `last` are its rows, `columns` are named by their numbers."""

    sheet: str
    state: str
    header: int | None
    columns: dict[int, str]
    first: int
    last: int
    rows: int
    blank: int
    notes: list[str] = field(default_factory=list)
    note_rows: int = 0
    merged_areas: int = 0
    merged: list[Area] = field(default_factory=list)
    """Only where their cells are to be filled."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What is to be imported from a workbook, and what is left out: sheet by sheet, with the reason."""

    plans: list[SheetPlan]
    left_out: dict[str, str]

    @property
    def rows(self) -> int:
        """How many rows there are to import."""
        return sum(plan.rows for plan in self.plans)


def survey(book: Book, wanted: Wanted, watch: Callable[[], None]) -> Survey:
    """Go over the sheets that are wanted, all that one sees if none is named.

    `watch` is called every few hundred rows, so that whoever waits can stop it. Raises SheetError, which is
    NothingToImport where no sheet has a row.
    """
    chosen, left_out = _chosen(book, wanted)
    plans: list[SheetPlan] = []
    rows = 0
    for sheet in chosen:
        plan = _plan(book, sheet, wanted, watch)
        rows += plan.rows
        if rows > LIMITS.lines:
            raise TooLarge(f"the workbook has more than {LIMITS.lines:,} rows in all its sheets")
        if plan.rows:
            plans.append(plan)
        else:
            left_out[sheet.name] = "empty"
    if not plans:
        sheets = "; ".join(f"{name}: {why}" for name, why in list(left_out.items())[:SHEETS_NAMED])
        raise NothingToImport(f"there is no row to import in any sheet ({sheets})")
    return Survey(plans, left_out)


def _chosen(book: Book, wanted: Wanted) -> tuple[list[Sheet], dict[str, str]]:
    known = {sheet.name: sheet for sheet in book.sheets}
    if len(known) < len(book.sheets):
        raise Damaged("two sheets of the workbook have the same name")
    for name in wanted.sheets:
        if name not in known:
            raise UnknownSheet(f"there is no sheet {name!r}; the workbook has {', '.join(map(repr, known))}")
        if known[name].kind != "worksheet":
            raise UnknownSheet(f"sheet {name!r} has no cells: it is a {known[name].kind} sheet")
    chosen, left_out = [], {}
    for sheet in book.sheets:
        open_to_see = not wanted.sheets and sheet.kind == "worksheet" and sheet.state == "visible"
        if sheet.name in wanted.sheets or open_to_see:
            chosen.append(sheet)
        elif sheet.kind != "worksheet":
            left_out[sheet.name] = f"{sheet.kind} sheet"
        else:
            left_out[sheet.name] = sheet.state if sheet.state != "visible" else "not asked for"
    return chosen, left_out


def _plan(book: Book, sheet: Sheet, wanted: Wanted, watch: Callable[[], None]) -> SheetPlan:
    rows = _watched(book.rows(sheet.name), watch)
    sample = list(islice(rows, SAMPLE_ROWS))
    header = _header(sample, wanted, sheet)
    named = next((row for row in sample if row.line == header), None)
    extent = Extent(len(named.cells) if named else 0, wanted.keep_notes)
    above = [row for row in sample if row.line < (header or 0)]
    for row in chain(sample, rows):
        if row.line > (header or 0):
            extent.add(row)
    notes = above + extent.notes
    merged = book.merged(sheet.name)
    return SheetPlan(
        sheet=sheet.name,
        state=sheet.state,
        header=header,
        columns=column_names(named, sorted(extent.columns.union(named.cells if named else ()))),
        first=extent.first,
        last=extent.last,
        rows=extent.rows,
        blank=max(extent.last - (header or extent.first - 1) - extent.rows, 0) if extent.rows else 0,
        notes=[_shown(row) for row in notes[:NOTES_SHOWN]],
        note_rows=len(notes),
        merged_areas=len(merged),
        merged=merged if wanted.fill_merged else [],
    )


def _watched(rows: Iterator[SheetRow], watch: Callable[[], None]) -> Iterator[SheetRow]:
    for number, row in enumerate(rows):
        if number % WATCH_EVERY == 0:
            watch()
        yield row


def _header(sample: Sequence[SheetRow], wanted: Wanted, sheet: Sheet) -> int | None:
    if wanted.header_row == 0:
        return None
    if wanted.header_row is None:
        return find_header(sample)
    if not any(row.line == wanted.header_row for row in sample):
        raise UnknownSheet(f"row {wanted.header_row} of sheet {sheet.name!r} was to be the header, and has no cells")
    return wanted.header_row


class Extent:
    """Where the rows of a table end: notes below it are rows of little text, sparser than any row before them."""

    NOTES_MOST: Final = 20

    def __init__(self, named: int, keep_notes: bool) -> None:
        self.first = self.last = self.rows = 0
        self.columns: set[int] = set()
        self.notes: list[SheetRow] = []
        self._named = named
        self._notes_most = 0 if keep_notes else self.NOTES_MOST
        self._sparsest = 1 << 30

    def add(self, row: SheetRow) -> None:
        """Take the next row; notes that are followed by a full row were rows after all."""
        if self.rows and len(self.notes) < self._notes_most and self._like_a_note(row):
            self.notes.append(row)
            return
        for earlier in (*self.notes, row):
            self.first = self.first or earlier.line
            self._sparsest = min(self._sparsest, len(earlier.cells))
            self.columns.update(earlier.cells)
            self.rows += 1
        self.notes.clear()
        self.last = row.line

    def _like_a_note(self, row: SheetRow) -> bool:
        width, filled = self._named or len(self.columns), len(row.cells)
        if filled > max(width // NOTE_SHARE, 1) or filled >= self._sparsest:
            return False
        # In a narrow table a row with one value is nothing unusual, unless it stands apart.
        apart = width >= NOTE_SHARE or bool(self.notes) or row.line > self.last + 1
        return apart and all(isinstance(value, str) for value in row.cells.values())


def _shown(row: SheetRow) -> str:
    words: list[Any] = [row.cells[column] for column in sorted(row.cells)]
    return f"row {row.line}: " + " ".join(str(word) for word in words)[:NOTE_CHARACTERS]
