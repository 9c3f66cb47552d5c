"""Drawings that use each other inside a PDF: how often the innermost would be drawn in all."""

from __future__ import annotations

import re
from typing import Final

MAX_DRAWN: Final = 50_000  # forms drawn by one form, all levels together
_DRAWS: Final = re.compile(rb"/([^\s/<>\[\]()]+)\s+Do\b")
_REFERENCE: Final = re.compile(rb"/([^\s/<>\[\]()]+)\s+(\d+)\s+\d+\s+R\b")
_RESOURCES: Final = re.compile(rb"/(?:Resources|XObject)\s+(\d+)\s+\d+\s+R\b")


class Forms:
    """The forms of one file, each with the forms it draws, and how often.

    PDFium draws a form anew at every use: ten levels of ten uses each would keep it busy for days.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.uses: dict[int, dict[int, int]] = {}

    def add(self, number: int, head: bytes, drawn: bytes) -> None:
        """Note a form by its object's number, dictionary, and the beginning of its content."""
        if b"/Form" not in head:
            return
        names = _DRAWS.findall(drawn)
        if not names:
            return
        known = dict(_REFERENCE.findall(head))
        for resources in _RESOURCES.findall(head):
            known.update(_REFERENCE.findall(self._object(int(resources))))
        counts: dict[int, int] = {}
        for name in names:
            if name in known:
                counts[int(known[name])] = counts.get(int(known[name]), 0) + 1
        self.uses[number] = counts

    def _object(self, number: int) -> bytes:
        found = re.search(rb"(?<!\d)%d\s+\d+\s+obj\b(.{0,4096}?)endobj" % number, self.content, re.S)
        return found[1] if found else b""

    def explode(self) -> bool:
        """Whether some form draws more others, all levels counted, than a figure ever needs."""
        totals: dict[int, int] = {}
        return any(self._total(number, totals, frozenset()) > MAX_DRAWN for number in self.uses)

    def _total(self, number: int, totals: dict[int, int], above: frozenset[int]) -> int:
        if number in above or len(above) > 60:
            return 0
        if number not in totals:
            below = above | {number}
            totals[number] = min(
                MAX_DRAWN + 1,
                sum(times * (1 + self._total(one, totals, below)) for one, times in self.uses.get(number, {}).items()),
            )
        return totals[number]
