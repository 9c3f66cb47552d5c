"""An .xlsb workbook: its records are gone over for its measures and for cells in error, then calamine reads it."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from research.sheets.archive import Archive
from research.sheets.dense import Dense, Measured
from research.sheets.errors import Damaged
from research.sheets.limits import Limits
from research.sheets.xls import ERRORS
from research.sheets.xlsx import relations

# Records of [MS-XLSB] 2.3.
ROW, CELL_ERROR, SHARED, FORMULA_ERROR, SHARED_TEXT, BUNDLE_SHEET = 0, 3, 7, 11, 19, 156
CELLS: Final = range(2, 12)
MAIN: Final = "xl/workbook.bin"


class Xlsb(Dense):
    """An open workbook."""

    def __init__(self, archive: Archive, path: Path, limits: Limits) -> None:
        """Measure the sheets and open the workbook. Raises SheetError."""
        archive.check_all(limits.whole_bytes)
        targets = {id: target for kind, id, target in relations(archive, MAIN, limits) if kind == "worksheet"}
        sheets = [_relation(body) for kind, body in _records(archive, MAIN) if kind == BUNDLE_SHEET]
        lengths = _lengths(archive, limits)
        measures = [_measure(archive, targets[id], lengths, limits) if id in targets else None for id in sheets]
        macros = any(name.rpartition("/")[2].startswith("vbaproject") for name in archive.names)
        archive.close()
        super().__init__("xlsb", path, measures, macros)


def _records(archive: Archive, part: str) -> Iterator[tuple[int, bytes]]:
    """The records of a part: number and length in seven bits a byte, then the body. Raises Damaged."""
    content = b"".join(archive.blocks(part))
    at = 0
    try:
        while at < len(content):
            kind, at = content[at], at + 1
            if kind & 0x80:
                kind, at = kind & 0x7F | content[at] << 7, at + 1
            length = shift = 0
            while True:
                byte, at = content[at], at + 1
                length |= (byte & 0x7F) << shift
                shift += 7
                if byte < 0x80 or shift > 21:
                    break
            yield kind, content[at : at + length]
            at += length
    except IndexError:
        raise Damaged(f"the records of part {part} end in the middle") from None


def _relation(body: bytes) -> str:
    """The id under which a sheet of the list is found."""
    if len(body) < 12:
        raise Damaged("the list of sheets ends in the middle")
    end = 12 + 2 * int(struct.unpack_from("<I", body, 8)[0])
    return body[12:end].decode("utf-16-le", "replace")


def _lengths(archive: Archive, limits: Limits) -> array[int]:
    """How long the texts are that cells share, by number."""
    part = next((target for kind, _, target in relations(archive, MAIN, limits) if kind == "sharedStrings"), None)
    lengths = array("L")
    for kind, body in _records(archive, part) if part and part in archive else ():
        if kind == SHARED_TEXT and len(body) >= 5:
            lengths.append(struct.unpack_from("<I", body, 1)[0])
    return lengths


def _measure(archive: Archive, part: str, lengths: array[int], limits: Limits) -> Measured:
    found, line = Measured(), 0
    for kind, body in _records(archive, part):
        if kind == ROW and len(body) >= 4:
            line = struct.unpack_from("<I", body)[0]
        elif kind in CELLS and len(body) >= 8:
            column = struct.unpack_from("<I", body)[0]
            if kind in (CELL_ERROR, FORMULA_ERROR) and len(body) > 8:
                found.error(line, column, ERRORS.get(body[8], f"error {body[8]}"), limits)
            else:
                found.cell(line, column, limits)
                number = struct.unpack_from("<I", body, 8)[0] if kind == SHARED and len(body) >= 12 else len(lengths)
                found.text(lengths[number] if number < len(lengths) else 0, limits)
    return found
