"""The compound file around an .xls workbook: streams in chains of sectors ([MS-CFB])."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from typing import Final

from research.sheets.errors import Damaged

LAST: Final = 0xFFFFFFFA  # beyond it are marks: end of chain, free, sectors of the table itself
ENTRY: Final = 128
MINI_CUTOFF: Final = 4096


class Compound:
    """The streams of a compound file by name."""

    def __init__(self, content: bytes) -> None:
        """Read the table of sectors and the directory. Raises Damaged."""
        self._content = content
        if len(content) < 512:
            raise Damaged("the workbook ends within its header: it was cut off on its way")
        shift, mini_shift = struct.unpack_from("<HH", content, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise Damaged("the header of the workbook makes no sense")
        self._size = 1 << shift
        directory, self._mini_start = struct.unpack_from("<I", content, 48)[0], struct.unpack_from("<I", content, 60)[0]
        self._table = self._read_table()
        self._mini_table: array[int] | None = None
        self._streams: dict[str, tuple[int, int]] = {}
        self._root = (LAST, 0)
        self._read_directory(b"".join(self._sectors(directory)))

    def __contains__(self, name: str) -> bool:
        return name in self._streams

    @property
    def names(self) -> list[str]:
        """The names of all streams and storages."""
        return list(self._streams)

    def stream(self, name: str) -> bytes:
        """The content of a stream. Raises Damaged."""
        start, size = self._streams[name]
        content = b"".join(self._sectors(start) if size >= MINI_CUTOFF else self._mini_sectors(start))
        if len(content) < size:
            raise Damaged(f"stream {name} of the workbook was cut off")
        return content[:size]

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self._size
        if start >= len(self._content):
            raise Damaged("the workbook was cut off: it refers to what is behind its end")
        return self._content[start : start + self._size]

    def _read_table(self) -> array[int]:
        numbers = list(struct.unpack_from("<109I", self._content, 76))
        following, count = struct.unpack_from("<II", self._content, 68)
        for _ in range(min(count, len(self._content) // self._size)):
            if following >= LAST:
                break
            *more, following = struct.unpack(f"<{self._size // 4}I", self._sector(following))
            numbers += more
        table = array("I")
        for number in numbers:
            if number < LAST:
                table.frombytes(self._sector(number))
        return table

    def _chain(self, start: int, table: array[int]) -> Iterator[int]:
        steps = 0
        while start < LAST:
            steps += 1
            if start >= len(table) or steps > len(table):
                raise Damaged("the workbook was cut off, or its sectors go round in a circle")
            yield start
            start = table[start]

    def _sectors(self, start: int) -> Iterator[bytes]:
        return (self._sector(number) for number in self._chain(start, self._table))

    def _mini_sectors(self, start: int) -> Iterator[bytes]:
        if self._mini_table is None:
            self._mini_table = array("I", b"".join(self._sectors(self._mini_start)))
        body = b"".join(self._sectors(self._root[0]))
        return (body[number * 64 : number * 64 + 64] for number in self._chain(start, self._mini_table))

    def _read_directory(self, content: bytes) -> None:
        for at in range(0, len(content) - ENTRY + 1, ENTRY):
            length, kind = struct.unpack_from("<HB", content, at + 64)
            start, size = struct.unpack_from("<II", content, at + 116)
            name = content[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")
            if kind == 5:
                self._root = (start, size)
            elif kind in (1, 2):
                self._streams.setdefault(name, (start, size))
