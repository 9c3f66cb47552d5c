"""The shared texts of an .xlsx workbook, kept packed: a list of strings takes four times as much."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from typing import Final

from research.column_types import storable
from research.sheets.errors import TooLarge
from research.sheets.limits import MB, Limits
from research.sheets.xml_stream import XmlStream, local

ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Strings:
    """Texts by number."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._bytes = bytearray()
        self._ends = array("L")

    def append(self, text: str) -> None:
        """Add a text. Raises TooLarge."""
        self._bytes += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))
        if len(self._bytes) > self._limits.strings_bytes or len(self._ends) > self._limits.cells:
            most = self._limits.strings_bytes // MB
            raise TooLarge(f"the texts of the workbook take more than {most} MB or {self._limits.cells:,} entries")

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self._ends):
            raise IndexError(f"text {number} of the workbook is missing, there are {len(self._ends):,}")
        start = self._ends[number - 1] if number else 0
        return self._bytes[start : self._ends[number]].decode("utf-8", "surrogatepass")


def unescape(text: str) -> str:
    """The text with the characters that XML cannot hold: `_x000D_` is a carriage return; NUL is dropped."""
    return storable(ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)) if "_x" in text else text


def read_strings(part: str, blocks: Iterable[bytes], limits: Limits) -> Strings:
    """All texts of the part, runs of rich text joined, readings of Japanese left out. Raises Damaged, TooLarge."""
    strings = Strings(limits)
    collector = Collector(strings, limits, part)
    for block in blocks:
        collector.stream.feed(block)
    collector.stream.finish()
    return strings


class Collector:
    """Puts the texts of a part together from its events."""

    def __init__(self, strings: Strings, limits: Limits, part: str) -> None:
        self.stream = XmlStream(part)
        self._strings, self._limits = strings, limits
        self._text: list[str] = []
        self._length = 0
        self._reading = self._aside = False
        self.stream.handle(self._start, self._end, self._characters)

    def _start(self, name: str, _: dict[str, str]) -> None:
        word = local(name)
        if word == "t":
            self._reading = not self._aside
        elif word == "rPh":
            self._aside = True

    def _end(self, name: str) -> None:
        word = local(name)
        if word == "si":
            self._strings.append(unescape("".join(self._text)))
            self._text, self._length = [], 0
        elif word == "t":
            self._reading = False
        elif word == "rPh":
            self._aside = False

    def _characters(self, text: str) -> None:
        if not self._reading:
            return
        self._length += len(text)
        if self._length > self._limits.text:
            raise TooLarge(f"a cell of the workbook has more than {self._limits.text:,} characters")
        self._text.append(text)
