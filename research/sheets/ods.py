"""An .ods workbook: gone over for its measures and for cells in error, then calamine reads it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from research.sheets.archive import Archive
from research.sheets.dense import Dense, Measured
from research.sheets.errors import PasswordProtected, TooLarge
from research.sheets.limits import Limits
from research.sheets.xml_stream import XmlStream, elements, local

MANIFEST: Final = "META-INF/manifest.xml"
ERROR: Final = re.compile(r"#(?:N/A|DIV/0!|REF!|NAME\?|VALUE!|NUM!|NULL!)\Z|Err:\d{3}\Z")
ERROR_CHARACTERS: Final = 20


class Ods(Dense):
    """An open workbook."""

    def __init__(self, archive: Archive, path: Path, limits: Limits) -> None:
        """Measure the sheets and open the workbook. Raises SheetError."""
        archive.check_all(limits.whole_bytes)
        if MANIFEST in archive and any(
            name == "encryption-data" for _, name, _ in elements(MANIFEST, archive.blocks(MANIFEST))
        ):
            raise PasswordProtected("the workbook opens with a password only; store it without one and import that")
        reader = Reader(limits)
        for block in archive.blocks("content.xml"):
            reader.stream.feed(block)
        reader.stream.finish()
        macros = any(name.startswith(("basic/", "scripts/")) for name in archive.names)
        archive.close()
        super().__init__("ods", path, reader.measures, macros)


class Reader:
    """Measures the tables of `content.xml`, in which runs of equal cells and rows are written once."""

    def __init__(self, limits: Limits) -> None:
        self.stream = XmlStream("content.xml")
        self.measures: list[Measured | None] = []
        self._limits = limits
        self._here = Measured()
        self._line = self._column = 0
        self._rows = self._cells = 1
        self._filled = self._calculated = self._error = False
        self._text, self._length = "", 0
        self.stream.handle(self._start, self._end, self._characters)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        word = local(name)
        if word in ("table-cell", "covered-table-cell"):
            known = {local(key): value for key, value in attributes.items()}
            self._cells = _count(known.get("number-columns-repeated"))
            # LibreOffice says `string` for a cell in error, and `error` in an attribute of its own name space.
            self._error = any(value == "error" for key, value in attributes.items() if local(key) == "value-type")
            self._filled, self._calculated = "value-type" in known, "formula" in known
            self._text, self._length = "", len(known.get("string-value", ""))
        elif word == "s":
            self._add(_count({local(key): value for key, value in attributes.items()}.get("c")))
        elif word == "table-row":
            known = {local(key): value for key, value in attributes.items()}
            self._rows, self._column = _count(known.get("number-rows-repeated")), 0
        elif word == "table":
            self._here, self._line = Measured(), 0
            self.measures.append(self._here)

    def _end(self, name: str) -> None:
        word = local(name)
        if word in ("table-cell", "covered-table-cell"):
            self._end_cell()
        elif word == "table-row":
            self._line += self._rows

    def _end_cell(self) -> None:
        if self._filled:
            bottom, right = self._line + self._rows - 1, self._column + self._cells - 1
            self._here.cell(bottom, right, self._limits)
            self._here.text(self._length * self._rows * self._cells, self._limits)
            if self._error or (self._calculated and ERROR.match(self._text)):
                for line in range(self._line, bottom + 1):
                    for column in range(self._column, right + 1):
                        self._here.error(line, column, self._text or "an error", self._limits)
        self._column += self._cells

    def _characters(self, text: str) -> None:
        self._filled = self._filled or bool(text.strip())
        self._add(len(text))
        if len(self._text) < ERROR_CHARACTERS:
            self._text = (self._text + text.strip())[:ERROR_CHARACTERS]

    def _add(self, characters: int) -> None:
        self._length += characters
        if self._length > self._limits.text:
            raise TooLarge(f"a cell in line {self._line + 1} has more than {self._limits.text:,} characters")


def _count(text: str | None) -> int:
    """A repetition; one that is no number, or too large to be meant, ends where the limits do."""
    return max(int(text), 1) if text and text.isdecimal() and len(text) < 10 else 1
