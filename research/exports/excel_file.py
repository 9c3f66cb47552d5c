"""Excel workbooks, written row by row: text is always typed as text, so that no cell can be a formula."""

import math
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from research.exports.cells import as_text
from research.exports.errors import ExportRefused
from research.exports.table import Table

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

SHEET_ROWS: Final = 1_048_576
SHEET_COLUMNS: Final = 16_384
CELL_UNITS: Final = 32_767
# Above, Excel would round whole numbers; before 1900 it knows no dates.
EXACT: Final = 2**53
FIRST_DATE: Final = datetime(1900, 3, 1, tzinfo=UTC)
CUT: Final = " … [cut: {length:,} characters, a cell holds 32,767; take JSON or CSV for all of it]"


def write_excel(table: Table, target: BinaryIO, folder: Path, sheet_rows: int = SHEET_ROWS) -> int:
    """Write a table as a workbook and return how many cells were too long and had to be cut, with a mark that says so.

    Rows that do not fit on a sheet go on to the next. `folder` takes the sheets while they are written.
    Raises ExportRefused for more columns than a sheet has.
    """
    from xlsxwriter import Workbook
    from xlsxwriter.exceptions import FileCreateError

    if len(table.columns) > SHEET_COLUMNS:
        raise ExportRefused(f"a sheet has {SHEET_COLUMNS:,} columns, {table.name} has {len(table.columns):,}")
    options = {
        "constant_memory": True,
        "tmpdir": str(folder),
        "use_zip64": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd hh:mm:ss",
    }
    book = Workbook(Once(target), options)
    sheets = Sheets(book, table, sheet_rows)
    try:
        for row in table.rows:
            sheets.write(row)
    except BaseException:
        sheets.abandon()
        raise
    try:
        book.close()
    except FileCreateError as error:
        raise error.args[0] from None  # the OSError that it was
    return sheets.cut


class Once:
    """A file that fails once: the zip writer that is dropped then would write its end, and fail where nobody hears."""

    def __init__(self, target: BinaryIO) -> None:
        self.target = target
        self.failed_at: int | None = None

    def write(self, data: bytes) -> int:
        """Write, unless it has failed before."""
        try:
            return len(data) if self.failed_at is not None else self.target.write(data)
        except BaseException:
            self.failed_at = 0
            with suppress(OSError):
                self.failed_at = self.target.tell()
            raise

    def tell(self) -> int:
        """Where the file is. Raises OSError for a pipe."""
        return self.target.tell() if self.failed_at is None else self.failed_at

    def seek(self, to: int, whence: int = 0) -> int:
        """Go elsewhere in the file. Raises OSError for a pipe."""
        return self.target.seek(to, whence) if self.failed_at is None else self.failed_at

    def flush(self) -> None:
        """Flush it."""
        if self.failed_at is None:
            self.target.flush()


class Sheets:
    """The sheets of a workbook while it is written: the names of the columns on each, then the rows."""

    def __init__(self, book: "Workbook", table: Table, sheet_rows: int) -> None:
        self.book = book
        self.table = table
        self.sheet_rows = sheet_rows
        self.cut = 0
        self._heading = book.add_format({"bold": True})
        self._begin()

    def write(self, row: Any) -> None:
        """Write the next row, on a further sheet where this one is full."""
        if self._next == self.sheet_rows:
            self._begin()
        for column, value in enumerate(row):
            if value is not None:
                self._cell(column, value)
        self._next += 1

    def abandon(self) -> None:
        """Close the files of the sheets, which stay unfinished."""
        for sheet in self.book.worksheets():
            sheet.row_data_fh.close()

    def _begin(self) -> None:
        number = len(self.book.worksheets()) + 1
        # Excel keeps one name for itself, and 31 characters for any.
        name = "history_" if self.table.name == "history" else self.table.name[:24]
        self._sheet: Worksheet = self.book.add_worksheet(name if number == 1 else f"{name} {number}")
        self._sheet.freeze_panes(1, 0)
        for column, title in enumerate(self.table.columns):
            self._sheet.write_string(0, column, self._fitting(as_text(title)), self._heading)
        self._next = 1

    def _cell(self, column: int, value: Any) -> None:
        if isinstance(value, bool):
            self._sheet.write_boolean(self._next, column, value)
        elif (isinstance(value, float) and math.isfinite(value)) or (isinstance(value, int) and abs(value) <= EXACT):
            self._sheet.write_number(self._next, column, value)
        elif isinstance(value, datetime) and value >= FIRST_DATE:
            self._sheet.write_datetime(self._next, column, value.astimezone(UTC).replace(tzinfo=None))
        else:
            self._sheet.write_string(self._next, column, self._fitting(as_text(value)))

    def _fitting(self, text: str) -> str:
        """The text as far as a cell holds it."""
        if len(text) <= CELL_UNITS and units(text) <= CELL_UNITS:
            return text
        self.cut += 1
        mark = CUT.format(length=len(text))
        # Two bytes a unit; half a pair at the end is left out.
        kept = text[:CELL_UNITS].encode("utf-16-le")[: 2 * (CELL_UNITS - len(mark))]
        return kept.decode("utf-16-le", "ignore") + mark


def units(text: str) -> int:
    """The length of a text as Excel counts it: in units of UTF-16."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2
