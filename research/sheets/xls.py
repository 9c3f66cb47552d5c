"""An .xls workbook: its records are gone over for its measures and for cells in error, then calamine reads it."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from research.sheets.compound import Compound
from research.sheets.dense import Dense, Measured
from research.sheets.errors import Damaged, NotATable, PasswordProtected, TooLarge
from research.sheets.limits import MB, Limits
from research.sheets.xls_strings import text_lengths

# Records of [MS-XLS] 2.3 and, for Excel 5, of the same numbers and beginnings.
BOF, EOF, FILEPASS, BOUNDSHEET, FORMULA, BOOLERR, MULRK = 0x0809, 0x000A, 0x002F, 0x0085, 0x0006, 0x0205, 0x00BD
WORKSHEET: Final = 0
SST, CONTINUE, LABELSST = 0x00FC, 0x003C, 0x00FD
CELLS: Final = frozenset((FORMULA, BOOLERR, MULRK, LABELSST, 0x0203, 0x0204, 0x027E, 0x00D6))
ERRORS: Final = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


class Xls(Dense):
    """An open workbook."""

    def __init__(self, compound: Compound, path: Path, limits: Limits) -> None:
        """Measure the sheets and open the workbook. Raises SheetError."""
        name = next((name for name in ("Workbook", "Book") if name in compound), None)
        if name is None:
            raise NotATable("a workbook was expected, got another document of an office program")
        content = compound.stream(name)
        if len(content) > limits.whole_bytes:
            raise TooLarge(f"the workbook has more than {limits.whole_bytes // MB} MB of cells; store it as .xlsx")
        macros = any(part.startswith("_VBA_PROJECT") for part in compound.names)
        super().__init__("xls", path, measured(content, limits), macros)


def measured(content: bytes, limits: Limits) -> list[Measured | None]:
    """The measures of the sheets, None for one without cells. Raises Damaged, PasswordProtected, TooLarge."""
    found: list[Measured | None] = []
    lengths = text_lengths(_shared_texts(content))
    for kind, body in _records(content, 0):
        if kind == FILEPASS:
            raise PasswordProtected("the workbook opens with a password only; store it without one and import that")
        if kind == BOUNDSHEET and len(body) > 6:
            start = struct.unpack_from("<I", body)[0]
            found.append(_measure(content, start, lengths, limits) if body[5] == WORKSHEET else None)
    return found


def _records(content: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The records of one stream of records, those of charts within it left out. Raises Damaged."""
    depth = 0
    while at + 4 <= len(content):
        kind, length = struct.unpack_from("<HH", content, at)
        at += 4
        if at + length > len(content):
            break
        if kind == EOF:
            depth -= 1
            if depth <= 0:
                return
        elif kind == BOF:
            depth += 1
        elif depth == 1:
            yield kind, content[at : at + length]
        at += length
    raise Damaged("the records of the workbook end in the middle: it was cut off on its way")


def _shared_texts(content: bytes) -> list[bytes]:
    """The table of texts that cells share, and the records that continue it."""
    bodies: list[bytes] = []
    for kind, body in _records(content, 0):
        if kind == SST or (bodies and kind == CONTINUE):
            bodies.append(body)
        elif bodies:
            break
    return bodies


def _measure(content: bytes, start: int, lengths: array[int], limits: Limits) -> Measured:
    found = Measured()
    for kind, body in _records(content, start):
        if kind not in CELLS or len(body) < 6:
            continue
        line, column = struct.unpack_from("<HH", body)
        if kind == MULRK:
            column = struct.unpack_from("<H", body, len(body) - 2)[0]
        error = _error(kind, body)
        if error is None:
            found.cell(line, column, limits)
            number = struct.unpack_from("<I", body, 6)[0] if kind == LABELSST and len(body) >= 10 else len(lengths)
            found.text(lengths[number] if number < len(lengths) else 0, limits)
        else:
            found.error(line, column, error, limits)
    return found


def _error(kind: int, body: bytes) -> str | None:
    code = None
    if kind == BOOLERR and len(body) >= 8 and body[7] == 1:
        code = body[6]
    elif kind == FORMULA and len(body) >= 14 and body[12:14] == b"\xff\xff" and body[6] == 2:
        code = body[8]
    return None if code is None else ERRORS.get(code, f"error {code}")
