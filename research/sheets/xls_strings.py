"""How long the shared texts of an .xls workbook are: a table that goes over from one record to the next."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence

from research.sheets.errors import Damaged

WIDE, PHONETIC, RICH = 1, 4, 8


def text_lengths(bodies: Sequence[bytes]) -> array[int]:
    """The number of characters of each text of the record SST and those that continue it ([MS-XLS] 2.4.265).

    Raises Damaged.
    """
    lengths = array("L")
    if not bodies or len(bodies[0]) < 8:
        return lengths
    cursor = Cursor(bodies, 8)
    for _ in range(struct.unpack_from("<I", bodies[0], 4)[0]):
        if cursor.at_end():
            break
        lengths.append(cursor.text())
    return lengths


class Cursor:
    """A place in a table that lies in several records."""

    def __init__(self, bodies: Sequence[bytes], at: int) -> None:
        self._bodies, self._record, self._at = bodies, 0, at

    def at_end(self) -> bool:
        """Whether there is no more."""
        self._turn()
        return self._record >= len(self._bodies)

    def text(self) -> int:
        """Go over one text, and return how many characters it has. Raises Damaged."""
        count, flags = struct.unpack("<HB", self._take(3))
        runs = struct.unpack("<H", self._take(2))[0] if flags & RICH else 0
        extra = struct.unpack("<I", self._take(4))[0] if flags & PHONETIC else 0
        self._characters(count, 2 if flags & WIDE else 1)
        self._take(4 * runs + extra)
        return int(count)

    def _turn(self) -> None:
        """Go to the next record where this one is at its end."""
        while self._record < len(self._bodies) and self._at >= len(self._bodies[self._record]):
            self._record, self._at = self._record + 1, 0

    def _take(self, count: int) -> bytes:
        taken = b""
        while len(taken) < count:
            if self.at_end():
                raise Damaged("the texts of the workbook end in the middle: it was cut off on its way")
            part = self._bodies[self._record][self._at : self._at + count - len(taken)]
            self._at += len(part)
            taken += part
        return taken

    def _characters(self, count: int, width: int) -> None:
        while count:
            room = (len(self._bodies[self._record]) - self._at) // width if self._record < len(self._bodies) else 0
            if room:
                self._at += min(count, room) * width
                count -= min(count, room)
                continue
            self._record, self._at = self._record + 1, 0
            # A text that goes on in the next record says there anew how wide its letters are.
            width = 2 if self._take(1)[0] & WIDE else 1
