"""Writing a table in one of the forms, with progress, and with words for a full disk."""

import errno
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

from research.exports.errors import NoSpace
from research.exports.excel_file import write_excel
from research.exports.table import Table, Values
from research.exports.text_files import write_csv, write_json, write_ndjson

Progress = Callable[[int, int, str], None]
EVERY: Final = 500
FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
PLAIN: Final[dict[str, Callable[[Table, BinaryIO], None]]] = {
    "csv": write_csv,
    "json": write_json,
    "ndjson": write_ndjson,
}


@dataclass(frozen=True)
class Written:
    """How many rows were written, and how many cells of a workbook had to be cut."""

    rows: int
    cut_cells: int = 0


def write_table(table: Table, form: str, target: BinaryIO, folder: Path, progress: Progress) -> Written:
    """Write a table; `progress` is told (rows, of how many, step) now and then and may raise to stop it.

    `folder` is for what has to be put aside meanwhile. Raises ExportRefused, NoSpace.
    """
    pulled = Pulled(table, progress)
    with room(folder):
        if form == "excel":
            cut = write_excel(replace(table, rows=pulled.rows()), target, folder)
            return Written(pulled.count, cut)
        PLAIN[form](replace(table, rows=pulled.rows()), target)
    return Written(pulled.count)


class Pulled:
    """The rows of a table as they are taken, counted and told."""

    def __init__(self, table: Table, progress: Progress) -> None:
        self.table = table
        self.progress = progress
        self.count = 0

    def rows(self) -> Iterator[Values]:
        """The rows."""
        # A share is kept back for what comes after the last row: closing, moving, noting.
        of = self.table.total + max(1, self.table.total // 20)
        for row in self.table.rows:
            if self.count % EVERY == 0:
                self.progress(min(self.count, of), of, f"{self.count:,} rows")
            self.count += 1
            yield row
        self.progress(min(self.count, of), of, f"{self.count:,} rows, closing")


@contextmanager
def room(folder: Path) -> Iterator[None]:
    """Say in words that the disk is full. Raises NoSpace."""
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise NoSpace(
            f"no room for the export on the disk, which has {shutil.disk_usage(folder).free:,} bytes left "
            f"({error.strerror}): nothing of it is kept; free some space, or export less"
        ) from error
