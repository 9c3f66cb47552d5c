"""The rows of a text file with separated values, whatever its encoding and delimiter, each with its line number."""

from __future__ import annotations

import codecs
import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from research.experiments.cells import decimal_mark, is_missing, number
from research.experiments.errors import UnreadableTable
from research.experiments.moments import looks_like_time

Row = tuple[int, list[str]]
DELIMITERS: Final = (",", ";", "\t", "|", " ")
SAMPLE_BYTES: Final = 256 * 1024
SAMPLE_LINES: Final = 300
LINE_CHARACTERS: Final = 1_000_000
CELL_LINES: Final = 20
BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
DELIMITER_NAMES: Final = {"\t": "tab", " ": "blanks", ",": "comma", ";": "semicolon", "|": "bar"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a text file is written."""

    encoding: str
    delimiter: str
    decimal: str


def dialect_of(path: Path, delimiter: str | None = None, decimal: str | None = None) -> Dialect:
    """The dialect of a file, by a sample from its start; what is given is not guessed. Raises UnreadableTable."""
    encoding = encoding_of(path)
    lines = sample(path, encoding)
    chosen = delimiter or delimiter_of(lines)
    cells = [cell for row in split(lines, chosen) for cell in row]
    return Dialect(encoding, chosen, decimal or decimal_mark(cells, chosen))


def encoding_of(path: Path) -> str:
    """UTF-8, UTF-16 or UTF-32 by its mark; else UTF-8 if all of it is, else Windows-1252. Raises UnreadableTable."""
    with path.open("rb") as file:
        start = file.read(SAMPLE_BYTES)
    for mark, encoding in BOMS:
        if start.startswith(mark):
            return encoding
    if b"\x00" in start:
        return encoding_without_mark(start)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while block := file.read(SAMPLE_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def encoding_without_mark(start: bytes) -> str:
    """UTF-16 whose mark is missing: every second byte of its digits is zero. Raises UnreadableTable."""
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if max(even, odd) > 0.8 * (len(start) // 2) and min(even, odd) < 0.05 * len(start):
        return "utf-16-be" if even > odd else "utf-16-le"
    raise UnreadableTable("a table as text or a workbook was expected, got a binary file of another kind")


def sample(path: Path, encoding: str) -> list[str]:
    """The first lines that are not blank. Raises UnreadableTable for what is no text in lines."""
    lines: list[str] = []
    with path.open(encoding=encoding, errors="replace", newline=None) as file:
        while len(lines) < SAMPLE_LINES and (line := file.readline(LINE_CHARACTERS)):
            if len(line) == LINE_CHARACTERS:
                raise UnreadableTable(f"a table with lines was expected, got a line of over {LINE_CHARACTERS:,} signs")
            if line.strip():
                lines.append(line)
    if not lines:
        raise UnreadableTable("a table was expected, got a file without any text in it")
    return lines


def delimiter_of(lines: list[str]) -> str:
    """The delimiter by which most lines fall into the same number of cells, most of them numbers or times."""
    ranked = sorted(DELIMITERS, key=lambda delimiter: merit(split(lines, delimiter), delimiter), reverse=True)
    return ranked[0] if merit(split(lines, ranked[0]), ranked[0]) > (0.0, 0) else ","


def merit(rows: list[list[str]], delimiter: str) -> tuple[float, int]:
    """How well a delimiter fits: the share of good cells in rows of the usual width, then the number of cells."""
    # What stands above the table has its own widths; the lower rows are the table.
    body = rows[len(rows) // 3 :]
    widths = Counter(len(row) for row in body if len(row) > 1)
    if not widths:
        return (0.0, 0)
    width, usual = max(widths.items(), key=lambda item: (item[1], item[0]))
    cells = [cell for row in body if len(row) == width for cell in row]
    decimal = decimal_mark(cells, delimiter)
    good = sum(is_reading(cell, decimal) for cell in cells) / len(cells)
    return (round(good * usual / len(body), 2), width)


def is_reading(cell: str, decimal: str) -> bool:
    """Whether a cell holds a number or a time."""
    return number(cell, decimal) is not None or (not is_missing(cell) and looks_like_time(cell))


def split(lines: list[str], delimiter: str) -> list[list[str]]:
    """Lines as cells, the empty ones at the end left out."""
    return [trimmed(row) for row in csv.reader(lines, delimiter=delimiter, skipinitialspace=delimiter == " ") if row]


def trimmed(row: list[str]) -> list[str]:
    """A row without the empty cells at its end."""
    end = len(row)
    while end and not row[end - 1].strip():
        end -= 1
    return row[:end]


def csv_rows(path: Path, dialect: Dialect) -> Iterator[Row]:
    """The rows of a file with the numbers of the lines on which they begin. Raises UnreadableTable."""
    with path.open(encoding=dialect.encoding, errors="replace", newline="") as file:
        # A field that is as long as the file comes from a quotation mark that is never closed.
        csv.field_size_limit(LINE_CHARACTERS)
        lines = (line.replace("\x00", "") for line in file)
        reader = csv.reader(lines, delimiter=dialect.delimiter, skipinitialspace=dialect.delimiter == " ")
        line = 1
        try:
            for row in reader:
                if reader.line_num - line > CELL_LINES:
                    raise UnreadableTable(f"line {line}: a quotation mark is opened there, and closed too far below")
                yield line, row
                line = reader.line_num + 1
        except csv.Error as error:
            raise UnreadableTable(f"line {line}: a row of a table was expected, got {error}") from None
