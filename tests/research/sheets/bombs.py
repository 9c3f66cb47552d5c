"""Files that are made to hurt whoever reads them, built when they are needed."""

import random
import struct
import zipfile
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path

from tests.research.sheets.workbooks import MAIN, archive, number, ods, parts, sheet, xls, xlsx

MB = 1 << 20
ROW = '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>'


def far_cell(path: Path) -> Path:
    """A cell in the last column and row, 17 thousand million cells from the first."""
    return xlsx(path, f'{ROW}<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def far_cell_ods(path: Path) -> Path:
    """One written cell that is repeated over a whole sheet."""
    cell = '<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16384"/>'
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    return ods(path, f'<table:table table:name="T">{row}</table:table>')


def far_cell_xls(path: Path) -> Path:
    """The same in an old workbook, whose readers make room for every cell before it."""
    return xls(path, number(0, 0, 1.0) + number(65_535, 255, 1.0))


def large_cell(path: Path) -> Path:
    """One cell of 300 MB."""

    def pieces() -> Iterator[bytes]:
        yield f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>'.encode()
        yield from repeat(b"x" * MB, 300)
        yield b"</t></is></c></row></sheetData></worksheet>"

    return archive(path, parts(pieces()))


def unlike(megabytes: int) -> Iterator[bytes]:
    """Letters that cannot be packed to less than half."""
    seeded = random.Random(1)
    return (seeded.randbytes(MB // 2).hex().encode() for _ in range(megabytes))


def large_cell_within_limits(path: Path) -> Path:
    """One cell of 150 MB, packed so little that nothing is told by its size."""

    def pieces() -> Iterator[bytes]:
        yield f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>'.encode()
        yield from unlike(150)
        yield b"</t></is></c></row></sheetData></worksheet>"

    return archive(path, parts(pieces()))


def thousand_to_one(path: Path) -> Path:
    """A sheet of blanks, 50 MB of them in 50 kB."""

    def pieces() -> Iterator[bytes]:
        yield f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()
        yield from repeat(b" " * MB, 50)
        yield b"</sheetData></worksheet>"

    return archive(path, parts(pieces()))


def overlapping(path: Path) -> Path:
    """Parts that all point at the same packed bytes: what is small in the file is large once for each of them."""
    archive(path, {"_rels/.rels": "x" * 1000, **{f"xl/worksheets/sheet{n}.xml": "" for n in range(1, 50)}})
    with zipfile.ZipFile(path) as zipped:
        infos, start = zipped.infolist(), zipped.start_dir
    content = bytearray(path.read_bytes())
    at = start
    for info in infos:
        # Offset and sizes of the first part, in the entry of every part.
        content[at + 16 : at + 28] = content[start + 16 : start + 28]
        content[at + 42 : at + 46] = struct.pack("<I", infos[0].header_offset)
        at += 46 + len(info.filename) + len(info.extra)
    path.write_bytes(content)
    return path


def laughs(path: Path) -> Path:
    """Entities that say each other ten times, ten levels deep."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    head = f'<!DOCTYPE worksheet [<!ENTITY l0 "lol">{entities}]>'
    return archive(path, parts(head + sheet('<row r="1"><c r="A1" t="inlineStr"><is><t>&l9;</t></is></c></row>')))


def external_entity(path: Path) -> Path:
    """An entity that is a file of the machine that reads it."""
    head = '<!DOCTYPE worksheet [<!ENTITY file SYSTEM "file:///etc/passwd">]>'
    return archive(path, parts(head + sheet('<row r="1"><c r="A1" t="inlineStr"><is><t>&file;</t></is></c></row>')))


def ten_million_rows(path: Path) -> Path:
    """Ten million rows of one cell."""

    def pieces() -> Iterator[bytes]:
        yield f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()
        yield from repeat(b"<row><c><v>1</v></c></row>" * 10_000, 1_000)
        yield b"</sheetData></worksheet>"

    return archive(path, parts(pieces()))


def ten_million_rows_unlike(path: Path) -> Path:
    """Ten million rows that are packed no better than usual, so that only counting tells."""

    def pieces() -> Iterator[bytes]:
        yield f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()
        for block in range(1_000):
            yield b"".join(b"<row><c><v>%d</v></c></row>" % (n * block % 997) for n in range(10_000))
        yield b"</sheetData></worksheet>"

    return archive(path, parts(pieces()))


def ten_million_lines(path: Path) -> Path:
    """Ten million lines of text."""
    with path.open("wb") as file:
        for _ in range(100):
            file.write(b"1,2\n" * 100_000)
    return path


def long_tag(path: Path) -> Path:
    """A tag that does not end for 100 MB."""

    def pieces() -> Iterator[bytes]:
        yield f'<worksheet xmlns="{MAIN}" a="'.encode()
        yield from unlike(100)
        yield b'"/>'

    return archive(path, parts(pieces()))


def deep(path: Path) -> Path:
    """Elements in elements, a hundred thousand deep."""

    def pieces() -> Iterator[bytes]:
        yield f'<worksheet xmlns="{MAIN}"><sheetData>'.encode()
        for n in range(100_000):
            yield b"<a%d>" % (n * 2654435761 % 100_003)

    return archive(path, parts(pieces()))


def many_parts(path: Path) -> Path:
    """A directory of a hundred thousand parts."""
    with zipfile.ZipFile(path, "w") as zipped:
        for n in range(100_000):
            zipped.writestr(str(n), b"")
    return path


def no_workbook(path: Path) -> Path:
    """A PDF that is called a workbook."""
    path.write_bytes(b"%PDF-1.7\n" + b"0" * 5_000)
    return path


# Bomb, the name it comes under, words of its refusal.
REFUSED: dict[str, tuple[Callable[[Path], Path], str, str]] = {
    "far cell": (far_cell, "a.xlsx", "at most 4,096 columns"),
    "far cell, .ods": (far_cell_ods, "a.ods", "store it as .xlsx"),
    "far cell, .xls": (far_cell_xls, "a.xls", "store it as .xlsx"),
    "cell of 300 MB": (large_cell, "a.xlsx", "unpacks to 300 MB"),
    "cell of 150 MB": (large_cell_within_limits, "a.xlsx", "more than 100,000 characters"),
    "1,000:1 zip": (thousand_to_one, "a.xlsx", "times its size"),
    "overlapping zip": (overlapping, "a.xlsx", "overlap"),
    "billion laughs": (laughs, "a.xlsx", "declares a document type"),
    "external entity": (external_entity, "a.xlsx", "declares a document type"),
    "no workbook": (no_workbook, "a.xlsx", "got a PDF"),
    "10 M rows": (ten_million_rows, "a.xlsx", "unpacks to"),
    "10 M rows, unlike": (ten_million_rows_unlike, "a.xlsx", "unpacks to"),
    "10 M lines": (ten_million_lines, "a.csv", "more than 1,048,576 rows"),
    "tag of 100 MB": (long_tag, "a.xlsx", "a tag of more than 4 MB"),
    "deep XML": (deep, "a.xlsx", "nested more than 200 deep"),
    "100,000 parts": (many_parts, "a.xlsx", "at most"),
}
