"""The rows of a workbook in which a table is looked for; how they are read is the part of research.sheets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from research.experiments.errors import UnreadableTable
from research.sheets.cells import CellError
from research.sheets.open_book import COMPOUND, ZIP, Book

Row = tuple[int, list[Any]]
VISIBLE: Final = "visible"
WORKSHEET: Final = "worksheet"


def is_workbook(path: Path) -> bool:
    """Whether the first bytes are those of a workbook; its name is not asked."""
    with path.open("rb") as file:
        return file.read(8).startswith((ZIP, COMPOUND))


def sheets_of(book: Book, wanted: str | None) -> list[str]:
    """The sheet asked for, or all visible ones. Raises UnreadableTable, naming those there are."""
    sheets = [sheet for sheet in book.sheets if sheet.kind == WORKSHEET]
    if wanted is None:
        names = [sheet.name for sheet in sheets if sheet.state == VISIBLE]
        if not names:
            raise UnreadableTable("a sheet with cells was expected, the workbook has none that is visible")
        return names
    if wanted not in [sheet.name for sheet in sheets]:
        known = ", ".join(sheet.name for sheet in sheets)
        raise UnreadableTable(f"sheet {wanted!r} is unknown; there is {known or 'none'}")
    return [wanted]


def sheet_rows(book: Book, name: str) -> Iterator[Row]:
    """The rows of a sheet with their numbers; a cell in error is its text, such as `#DIV/0!`. Raises SheetError."""
    for row in book.rows(name):
        cells: list[Any] = [None] * (max(row.cells) + 1)
        for column, value in row.cells.items():
            cells[column] = value.text if isinstance(value, CellError) else value
        yield row.line, cells
