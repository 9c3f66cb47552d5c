"""Workbooks that are read as a whole, .xls, .xlsb and .ods: measured first, then read by calamine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import python_calamine as calamine

from research.column_types import storable
from research.sheets.cells import Area, CellError, Sheet, SheetRow, is_blank, letters, whole
from research.sheets.errors import Damaged, PasswordProtected, TooLarge, UnknownSheet
from research.sheets.limits import Limits

PANIC: Final = "PanicException"  # of the Rust below calamine: no Exception, and of a class that has no address
STATES: Final = {"Visible": "visible", "Hidden": "hidden", "VeryHidden": "very hidden"}
KINDS: Final = {"WorkSheet": "worksheet", "ChartSheet": "chart", "DialogSheet": "dialog", "MacroSheet": "macro"}


@dataclass(slots=True)
class Measured:
    """How far the filled cells of a sheet reach, counted from 0, and those in error, which calamine gives as blank."""

    last_line: int = -1
    last_column: int = -1
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    characters: int = 0

    def cell(self, line: int, column: int, limits: Limits) -> None:
        """Take note of a filled cell. Raises TooLarge."""
        self.last_line, self.last_column = max(self.last_line, line), max(self.last_column, column)
        area = (self.last_line + 1) * (self.last_column + 1)
        if column >= limits.columns or line >= limits.lines or area > limits.dense_cells:
            raise TooLarge(
                f"cell {letters(column)}{line + 1}: a sheet of this format is read up to {limits.dense_cells:,} cells, "
                f"blank ones included, and {limits.columns:,} columns; store it as .xlsx"
            )

    def error(self, line: int, column: int, text: str, limits: Limits) -> None:
        """Take note of a cell in error. Raises TooLarge."""
        self.cell(line, column, limits)
        self.errors[line, column] = text
        if len(self.errors) > limits.errors:
            raise TooLarge(f"more than {limits.errors:,} cells of a sheet are in error; store it as .xlsx")

    def text(self, characters: int, limits: Limits) -> None:
        """Take note of text, which is stored once and read anew for each cell that has it. Raises TooLarge."""
        self.characters += characters
        if self.characters > limits.sheet_text:
            raise TooLarge(f"the texts of a sheet have more than {limits.sheet_text:,} characters; store it as .xlsx")


class Dense:
    """An open workbook whose sheets fit into memory, as their measures say."""

    def __init__(self, form: str, path: Path, measures: Sequence[Measured | None], macros: bool) -> None:
        """Open the workbook; `measures` are those of its sheets in order. Raises Damaged, PasswordProtected."""
        self.form, self.macros = form, macros
        with translated():
            self._book = calamine.CalamineWorkbook.from_path(str(path))
        self.sheets = [
            Sheet(
                storable(sheet.name)[:100],
                KINDS.get(_word(sheet.typ), "unknown"),
                STATES.get(_word(sheet.visible), "visible"),
            )
            for sheet in self._book.sheets_metadata
        ]
        if len(self.sheets) != len(measures):
            raise Damaged(f"the workbook lists {len(measures)} sheets, and {len(self.sheets)} were found")
        placed = zip(self.sheets, enumerate(measures), strict=True)
        self._measures = {sheet.name: (place, found) for sheet, (place, found) in placed if found}
        self._merged: dict[str, list[Area]] = {}

    def rows(self, sheet: str) -> Iterator[SheetRow]:
        """The rows of a sheet that have a filled cell. Raises Damaged, UnknownSheet."""
        if sheet not in self._measures:
            raise UnknownSheet(f"sheet {sheet!r} has no cells to read")
        place, measured = self._measures[sheet]
        if measured.last_line < 0:
            return
        with translated():
            cells = self._book.get_sheet_by_index(place)
        self._merged[sheet] = [
            Area(top + 1, left, bottom + 1, right) for (top, left), (bottom, right) in cells.merged_cell_ranges or ()
        ]
        errors: dict[int, dict[int, CellError]] = {}
        for (line, column), text in measured.errors.items():
            errors.setdefault(line, {})[column] = CellError(text)
        first = cells.start[1] if cells.start else 0  # rows begin at the first one, columns at the first filled one
        for line, values in enumerate(cells.iter_rows()):
            filled = {column: _value(value) for column, value in enumerate(values, first) if not is_blank(value)}
            filled |= errors.get(line, {})
            if filled:
                yield SheetRow(line + 1, filled)

    def merged(self, sheet: str) -> list[Area]:
        """The merged areas of a sheet, known once its rows were read."""
        return self._merged.get(sheet, [])

    def close(self) -> None:
        """Let go of the file."""
        self._book.close()


@contextmanager
def translated() -> Iterator[None]:
    """Errors of calamine as our own."""
    try:
        yield
    except calamine.PasswordError:
        raise PasswordProtected(
            "the workbook opens with a password only; store it without one and import that"
        ) from None
    except calamine.CalamineError as error:
        raise Damaged(f"the workbook cannot be read: {error}") from error
    except OSError as error:
        if error.errno:
            raise
        # What ends too early inside of the workbook comes as an error of the system that has no number.
        raise Damaged(f"the workbook cannot be read: {error}") from error
    except BaseException as error:
        if type(error).__name__ != PANIC:
            raise
        raise Damaged(f"the workbook contradicts itself: {error}") from None


def _word(member: object) -> str:
    """The name of a member of one of calamine's enumerations, which do not tell it otherwise."""
    return str(member).rpartition(".")[2]


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    return whole(value) if isinstance(value, float) else value
