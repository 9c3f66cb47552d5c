"""A table as text: its encoding and separator found out, its numbers taken for numbers only where nothing is lost."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TextIO

from research.column_types import storable
from research.sheets.cells import Area, Sheet, SheetRow, is_blank
from research.sheets.errors import Damaged, NotATable, TooLarge, UnknownSheet
from research.sheets.limits import Limits

SEPARATORS: Final = ",;\t|"
SAMPLE: Final = 1 << 16
MARKS: Final = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# A leading zero makes a code of digits, more than fifteen of them would be rounded, a leading plus is a telephone.
WHOLE: Final = re.compile(r"-?(?:0|[1-9]\d{0,14})\Z", re.ASCII)
DECIMAL: Final = re.compile(r"-?(?:0|[1-9]\d{0,14})?\.\d{1,40}(?:[eE][+-]?\d{1,3})?\Z", re.ASCII)
EXPONENT: Final = re.compile(r"-?[1-9]\d{0,14}[eE][+-]?\d{1,3}\Z", re.ASCII)


class TextTable:
    """A CSV file, read line by line; it has one sheet, named as the file."""

    form = "csv"
    macros = False

    def __init__(self, path: Path, name: str, limits: Limits) -> None:
        """Find out encoding and separator. Raises Damaged, NotATable, TooLarge."""
        self._path, self._limits = path, limits
        self.encoding = encoding_of(path)
        # A record may go over several lines, but hardly all of them do; to read a million takes some seconds.
        if not self.encoding.startswith("utf-16") and line_ends(path) > 2 * limits.lines:
            raise TooLarge(f"the table has more than {limits.lines:,} rows")
        with self._open() as file:
            self.separator = separator_of(file.read(SAMPLE))
        self.sheets = [Sheet(Path(name).stem[:100] or "table")]

    def rows(self, sheet: str) -> Iterator[SheetRow]:
        """The lines that are not blank. Raises Damaged, TooLarge, UnknownSheet."""
        if sheet != self.sheets[0].name:
            raise UnknownSheet(f"a text table has one sheet, {self.sheets[0].name!r}, and none called {sheet!r}")
        csv.field_size_limit(self._limits.text)
        cells = 0
        with self._open() as file:
            for line, fields in enumerate(self._records(file), 1):
                cells += len(fields)
                self._check(line, len(fields), cells)
                filled = {
                    column: value(text) for column, text in enumerate(map(storable, fields)) if not is_blank(text)
                }
                if filled:
                    yield SheetRow(line, filled)

    def merged(self, sheet: str) -> list[Area]:
        """None: text has no merged cells."""
        return []

    def close(self) -> None:
        """Nothing is open between two readings."""

    @contextmanager
    def _open(self) -> Iterator[TextIO]:
        try:
            with self._path.open(encoding=self.encoding, newline="") as file:
                yield file
        except UnicodeError as error:
            raise Damaged(f"the text table is not {self.encoding} throughout: {error}") from None

    def _records(self, file: TextIO) -> Iterator[list[str]]:
        try:
            yield from csv.reader(file, delimiter=self.separator)
        except csv.Error as error:
            if "field larger" in str(error):
                raise TooLarge(f"a field has more than {self._limits.text:,} characters") from None
            raise Damaged(f"the text table cannot be read: {error}") from None

    def _check(self, line: int, columns: int, cells: int) -> None:
        if line > self._limits.lines:
            raise TooLarge(f"the table has more than {self._limits.lines:,} rows")
        if columns > self._limits.columns:
            raise TooLarge(f"line {line}: {columns:,} columns, at most {self._limits.columns:,} are read")
        if cells > self._limits.cells * 2:  # empty fields count in text, where they cost next to nothing
            raise TooLarge(f"the table has more than {self._limits.cells * 2:,} cells")


def value(text: str) -> Any:
    """A number where its text is the usual one, else the text: `007`, `1e5x` and `+49 30` stay what they are."""
    if WHOLE.match(text):
        return int(text)
    if DECIMAL.match(text) or EXPONENT.match(text):
        number = float(text)
        return number if number - number == 0 else text
    return text


def encoding_of(path: Path) -> str:
    """UTF-8 or UTF-16 where the file is that throughout, else Windows' Latin. Raises NotATable."""
    with path.open("rb") as file:
        start = file.read(SAMPLE)
        for mark, name in MARKS:
            if start.startswith(mark):
                return name
        if not start.strip() or b"\x00" in start:
            got = "other data" if start.strip() else "nothing"
            raise NotATable(f"a workbook or a text table was expected, got {got}")
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while start:
                decoder.decode(start)
                start = file.read(SAMPLE)
        except UnicodeDecodeError:
            return "cp1252"
        return "utf-8"


def line_ends(path: Path) -> int:
    """How many lines end in a file."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(SAMPLE), b""))


def separator_of(sample: str) -> str:
    """The separator that splits most of the first lines into the same number of fields, a comma where none does."""
    lines = [line for line in sample.splitlines()[:50] if line.strip()]
    if not lines:
        return ","

    def merit(separator: str) -> tuple[int, int]:
        widths = [len(fields) for fields in csv.reader(lines, delimiter=separator)]
        usual = max(set(widths), key=widths.count)
        return (widths.count(usual), usual) if usual > 1 else (0, 0)

    try:
        return max(SEPARATORS, key=merit)
    except csv.Error:
        return ","
