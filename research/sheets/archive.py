"""The zip archive around a workbook: looked at before anything is unpacked, and unpacked as a stream only."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Final

from research.sheets.errors import Damaged, Forbidden, TooLarge
from research.sheets.limits import MB, Limits

END: Final = b"PK\x05\x06"
END64_PLACE: Final = b"PK\x06\x07"
LOCAL_HEADER: Final = 30
STORED_OR_DEFLATED: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BLOCK: Final = 1 << 16


class Archive:
    """An open archive of parts, each of which is checked before its first byte is unpacked."""

    def __init__(self, path: Path, limits: Limits) -> None:
        """Open and check the directory. Raises Damaged, Forbidden, TooLarge."""
        self._limits = limits
        self._read: dict[str, int] = {}
        with path.open("rb") as file:
            check_directory_size(file, limits)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError) as error:
            raise Damaged(f"the workbook cannot be unpacked: {error}") from error
        try:
            self._parts = self._checked(path)
        except BaseException:
            self._zip.close()
            raise

    def __contains__(self, part: str) -> bool:
        return part.lower() in self._parts

    @property
    def names(self) -> list[str]:
        """The names of all parts, in small letters."""
        return list(self._parts)

    def blocks(self, part: str, most: int | None = None) -> Iterator[bytes]:
        """The content of a part of at most so many bytes, block by block. Raises Damaged, Forbidden, TooLarge."""
        info = self._parts.get(part.lower())
        if info is None:
            raise Damaged(f"the workbook has no part {part}")
        self._check_size(info, most or self._limits.part_bytes)
        self._check_total(info)
        try:
            # No more than the declared size is ever unpacked: zipfile stops there and compares the checksum.
            with self._zip.open(info) as stream:
                while block := stream.read(BLOCK):
                    yield block
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
            raise Damaged(f"part {part} of the workbook cannot be unpacked: {error}") from error

    def check_all(self, most: int) -> None:
        """Check every part, for a reader that opens what it likes. Raises Forbidden, TooLarge."""
        for info in self._parts.values():
            self._check_size(info, most)
        size = sum(info.file_size for info in self._parts.values())
        if size > most:
            raise TooLarge(f"the workbook unpacks to {size / MB:,.0f} MB, at most {most // MB} MB are read")

    def close(self) -> None:
        """Close the file."""
        self._zip.close()

    def _checked(self, path: Path) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        # Spreadsheet programs find a part whatever its letters, and some write Windows' separators.
        parts = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in infos}
        if len(infos) > self._limits.parts:
            raise TooLarge(f"the workbook has {len(infos):,} parts, at most {self._limits.parts:,} are read")
        if len(parts) < len(infos):
            raise Forbidden("two parts of the workbook have the same name")
        self._check_overlap(path, infos)
        return parts

    def _check_overlap(self, path: Path, infos: list[zipfile.ZipInfo]) -> None:
        """Refuse parts that share bytes: a few packed kilobytes would be unpacked again and again."""
        with path.open("rb") as file:
            spans = sorted((info.header_offset, self._end_of(file, info), info.filename) for info in infos)
        for (_, end, name), (start, _, other) in pairwise(spans):
            if end > start:
                raise Forbidden(f"parts {name} and {other} of the workbook overlap")
        if spans and spans[-1][1] > self._zip.start_dir:
            raise Forbidden(f"part {spans[-1][2]} of the workbook overlaps its directory")

    def _check_total(self, info: zipfile.ZipInfo) -> None:
        """Refuse many parts that are each within the limits; a part that is read again counts once."""
        self._read[info.filename] = info.file_size
        if sum(self._read.values()) > self._limits.unpacked_bytes:
            most = self._limits.unpacked_bytes // MB
            raise TooLarge(f"the sheets of the workbook unpack to more than {most} MB")

    @staticmethod
    def _end_of(file: BinaryIO, info: zipfile.ZipInfo) -> int:
        file.seek(max(info.header_offset, 0))
        header = file.read(LOCAL_HEADER)
        if info.header_offset < 0 or len(header) < LOCAL_HEADER or header[:4] != b"PK\x03\x04":
            raise Damaged(f"part {info.filename} of the workbook is not where the directory says")
        name, extra = struct.unpack("<HH", header[26:30])
        return int(info.header_offset + LOCAL_HEADER + name + extra + info.compress_size)

    def _check_size(self, info: zipfile.ZipInfo, most: int) -> None:
        limits, size = self._limits, info.file_size
        if info.flag_bits & 1 or info.compress_type not in STORED_OR_DEFLATED:
            raise Forbidden(f"part {info.filename} of the workbook is encrypted or packed in an unusual way")
        if size > most:
            raise TooLarge(f"part {info.filename} unpacks to {size / MB:,.0f} MB, at most {most // MB} MB are read")
        if size > limits.ratio_from and size > limits.ratio * max(info.compress_size, 1):
            times = size // max(info.compress_size, 1)
            raise TooLarge(f"part {info.filename} unpacks to {times:,} times its size, more than any table does")


def check_directory_size(file: BinaryIO, limits: Limits) -> None:
    """Look at the size of the directory before it is read into memory. Raises Damaged, TooLarge."""
    file.seek(0, 2)
    start = max(file.tell() - 65_557 - 20, 0)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(END)
    if at < 0 or len(tail) < at + 22:
        raise Damaged("the workbook ends before its directory: it was cut off on its way")
    size = struct.unpack("<I", tail[at + 12 : at + 16])[0]
    if tail[at - 20 : at - 16] == END64_PLACE:
        file.seek(struct.unpack("<Q", tail[at - 12 : at - 4])[0])
        record = file.read(56)
        size = struct.unpack("<Q", record[40:48])[0] if len(record) == 56 else limits.directory_bytes + 1
    if size > limits.directory_bytes:
        raise TooLarge(f"the directory of the workbook has {size:,} bytes, at most {limits.directory_bytes:,} are read")
