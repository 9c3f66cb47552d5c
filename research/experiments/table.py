"""A table in a file: where its header and its first row of readings are, and its rows from there on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from research.experiments.cells import decimal_mark, is_missing, number
from research.experiments.csv_rows import csv_rows, dialect_of, trimmed
from research.experiments.errors import TableTooLarge, UnreadableTable
from research.experiments.moments import looks_like_time
from research.experiments.scales import read_scale
from research.experiments.workbook_rows import is_workbook, sheet_rows, sheets_of
from research.sheets.open_book import Book, open_book

Row = tuple[int, list[Any]]
HEAD_ROWS: Final = 300
FILE_BYTES: Final = 200 * 1024 * 1024
MOST_COLUMNS: Final = 200
# A row of readings has nearly all its cells; what stands above the table is narrower.
FULL: Final = 0.6
COMMENTS: Final = ("#", "//", "%", "!")


@dataclass(frozen=True)
class Table:
    """A table: the texts of its header and of a row of units under it, what stands above, and its rows with numbers."""

    headers: list[str]
    units: list[str]
    above: list[str]
    rows: Iterator[Row]
    decimal: str
    sheet: str | None = None


@contextmanager
def open_table(
    path: Path, *, sheet: str | None = None, delimiter: str | None = None, decimal: str | None = None
) -> Iterator[Table]:
    """The table in a text file or workbook, whose rows can be read while it is open.

    Raises UnreadableTable, TableTooLarge, and what is below SheetError for a workbook that is damaged or protected.
    """
    size = path.stat().st_size
    if not size:
        raise UnreadableTable("a table was expected, got an empty file")
    if size > FILE_BYTES:
        raise TableTooLarge(f"a file may have {FILE_BYTES // 1024**2} MB, this one has {size / 1024**2:,.0f} MB")
    if is_workbook(path):
        with open_book(path, "the file") as book:
            yield first_table(book, sheet, decimal)
        return
    if sheet is not None:
        raise UnreadableTable(f"sheet {sheet!r} was asked for, but the file is no workbook")
    dialect = dialect_of(path, delimiter, decimal)
    yield find_table(csv_rows(path, dialect), dialect.decimal)


def first_table(book: Book, wanted: str | None, decimal: str | None) -> Table:
    """The table of the sheet asked for, or of the first sheet that has one. Raises UnreadableTable."""
    refusals = []
    for name in sheets_of(book, wanted):
        rows = sheet_rows(book, name)
        head = list(islice(rows, HEAD_ROWS))
        mark = decimal or decimal_mark((cell for _, row in head for cell in row), ";")
        try:
            return replace(find_table(chain(head, rows), mark), sheet=name)
        except UnreadableTable as error:
            refusals.append(f"sheet {name!r}: {error}")
    raise UnreadableTable("; ".join(refusals[:3]))


def find_table(rows: Iterator[Row], decimal: str) -> Table:
    """The table among the rows of a file. Raises UnreadableTable where no row holds readings."""
    head = [(line, cleaned(row)) for line, row in islice(rows, HEAD_ROWS)]
    head = [(line, row) for line, row in head if row]
    first, width = first_reading(head, decimal)
    above = [row for _, row in head[:first] if not all(is_missing(cell) for cell in row)]
    units: list[str] = []
    if len(above) > 1 and is_unit_row(above[-1]):
        units = texts(above.pop())
    names = texts(above.pop()) if above and is_header(above[-1], width, decimal) else []
    if len(names) == width + 1 and not names[0]:
        names = names[1:]  # the sign of a comment, set apart by a blank, is no column
    width = max(width, len(names))
    if width > MOST_COLUMNS:
        raise TableTooLarge(f"a table may have {MOST_COLUMNS} columns, this one has {width:,}")
    body = ((line, row) for line, row in ((line, cleaned(row)) for line, row in rows) if row)
    return Table(
        distinct(names, width),
        units,
        [" ".join(texts(row)) for row in above],
        chain(head[first:], body),
        decimal,
    )


def first_reading(head: Sequence[Row], decimal: str) -> tuple[int, int]:
    """Which row is the first one of readings, and how many cells such rows have. Raises UnreadableTable."""
    good = [holds_readings(row, decimal) for _, row in head]
    widths = Counter(len(row) for (_, row), fine in zip(head, good, strict=True) if fine)
    if not widths:
        raise UnreadableTable("no column of numbers was found: a table with a header and rows of readings was expected")
    width = max(widths, key=lambda cells: (widths[cells], cells))
    fit = [fine and len(row) >= FULL * width for fine, (_, row) in zip(good, head, strict=True)]
    for position, fine in enumerate(fit):
        following = fit[position : position + 5]
        if fine and sum(following) * 2 > len(following):
            return position, width
    raise UnreadableTable("no rows of readings were found: a table with a header and rows of numbers was expected")


def holds_readings(row: Sequence[Any], decimal: str) -> bool:
    """Whether at least one number, and a number or time in each fourth cell, stands in a row."""
    cells = [cell for cell in row if not is_missing(cell)]
    numbers = [number(cell, decimal) is not None for cell in cells]
    times = sum(looks_like_time(cell) for cell, known in zip(cells, numbers, strict=True) if not known)
    return any(numbers) and (sum(numbers) + times) * 4 >= len(cells)


def is_unit_row(row: Sequence[Any]) -> bool:
    """Whether most cells of a row are units, as below the header of many instruments."""
    cells = [cell for cell in row if not is_missing(cell)]
    units = sum(isinstance(cell, str) and read_scale(cell) is not None for cell in cells)
    return len(cells) > 0 and units * 2 > len(cells) and all(isinstance(cell, str) for cell in cells)


def is_header(row: Sequence[Any], width: int, decimal: str) -> bool:
    """Whether a row above the readings names their columns: it is about as wide, and mostly text."""
    cells = [cell for cell in row if not is_missing(cell)]
    named = [cell for cell in cells if isinstance(cell, str) and number(cell, decimal) is None]
    return len(cells) * 2 >= width and len(named) * 2 > len(cells)


def cleaned(row: list[Any]) -> list[Any]:
    """A row without empty cells at its end, and without the mark of a comment at its start."""
    cells = trimmed([cell if isinstance(cell, str) else "" if cell is None else str(cell) for cell in row])
    kept = list(row[: len(cells)])
    if kept and isinstance(kept[0], str) and kept[0].lstrip().startswith(COMMENTS):
        bare = kept[0].lstrip().lstrip("#/%!").strip()
        kept = [bare, *kept[1:]] if bare or len(kept) > 1 else []
    return kept


def texts(row: Sequence[Any]) -> list[str]:
    """The cells of a row as text."""
    return ["" if cell is None else " ".join(str(cell).split()) for cell in row]


def distinct(names: Sequence[str], width: int) -> list[str]:
    """A name for each column: its place where the header has none, a number behind one that comes again."""
    out: list[str] = []
    seen: Counter[str] = Counter()
    for position in range(width):
        name = names[position] if position < len(names) and names[position] else f"column {position + 1}"
        seen[name] += 1
        out.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return out
