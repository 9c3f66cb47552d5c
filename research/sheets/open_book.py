"""Open a file as what it is, whatever its name says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from research.sheets.archive import Archive
from research.sheets.cells import Area, Sheet, SheetRow
from research.sheets.errors import NotATable, PasswordProtected, TooLarge
from research.sheets.limits import LIMITS, MB, Limits

ZIP: Final = b"PK"
COMPOUND: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
TEXT_NAMES: Final = (".csv", ".tsv", ".txt")
# What people rename to .xlsx: named in the refusal, so that they know which file they took.
OTHERS: Final = {b"%PDF": "a PDF", b"\x89PNG": "an image", b"\xff\xd8\xff": "an image", b"<": "a web page or XML"}


class Book(Protocol):
    """An open workbook: its sheets, and their rows one by one."""

    form: str
    macros: bool
    sheets: list[Sheet]

    def rows(self, sheet: str) -> Iterator[SheetRow]:
        """The rows of a sheet that have a filled cell, from the top."""

    def merged(self, sheet: str) -> list[Area]:
        """Its merged areas, known once the rows were read to the end."""

    def close(self) -> None:
        """Close the file."""


@contextmanager
def open_book(path: Path, name: str, limits: Limits = LIMITS) -> Iterator[Book]:
    """The workbook or text table in a file. Raises what is below SheetError."""
    book = _opened(path, name, limits)
    try:
        yield book
    finally:
        book.close()


def _opened(path: Path, name: str, limits: Limits) -> Book:
    size = path.stat().st_size
    if not size:
        raise NotATable(f"{name} is empty: a workbook or a text table was expected")
    if size > limits.file_bytes:
        raise TooLarge(f"{name} has {size / MB:,.0f} MB, at most {limits.file_bytes // MB} MB are read")
    with path.open("rb") as file:
        start = file.read(1024)
    if start.startswith(COMPOUND):
        return _compound(path, limits)
    if start.startswith(ZIP):
        return _archived(path, name, limits)
    if not name.lower().endswith(TEXT_NAMES):
        got = next((words for mark, words in OTHERS.items() if start.startswith(mark)), "something else")
        raise NotATable(f"{name}: a workbook (.xlsx, .xls, .xlsb, .ods) or a text table (.csv) was expected, got {got}")
    from research.sheets.text_table import TextTable

    return TextTable(path, name, limits)


def _archived(path: Path, name: str, limits: Limits) -> Book:
    archive = Archive(path, limits)
    try:
        if "content.xml" in archive:
            from research.sheets.ods import Ods

            return Ods(archive, path, limits)
        if "xl/workbook.bin" in archive:
            from research.sheets.xlsb import Xlsb

            return Xlsb(archive, path, limits)
        if "_rels/.rels" in archive:
            from research.sheets.xlsx import Xlsx

            return Xlsx(archive, limits)
    except BaseException:
        archive.close()
        raise
    archive.close()
    raise NotATable(f"{name}: a workbook was expected, got an archive of other files")


def _compound(path: Path, limits: Limits) -> Book:
    from research.sheets.compound import Compound
    from research.sheets.xls import Xls

    compound = Compound(path.read_bytes())
    if "EncryptedPackage" in compound:
        raise PasswordProtected("the workbook opens with a password only; store it without one and import that")
    return Xls(compound, path, limits)
