"""What may be opened at all: the file's type by its content, its size, and what its streams unpack to."""

from __future__ import annotations

import re
import zlib
from pathlib import Path
from typing import Final

from research.papers.errors import UnreadablePaper

MAX_FILE_BYTES: Final = 200 * 2**20
MAX_STREAM_BYTES: Final = 48 * 2**20  # one page's drawing, or a font
MAX_IMAGE_BYTES: Final = 192 * 2**20
MAX_TOTAL_BYTES: Final = 768 * 2**20
BOMB_RATIO: Final = 150  # text and drawings shrink 3 to 20 times, zeros about 1,000 times
BOMB_BYTES: Final = 4 * 2**20
_CHUNK: Final = 2**16

_STREAM: Final = re.compile(rb"stream\r?\n")
_OTHER_TYPES: Final = (
    (b"PK\x03\x04", "a ZIP archive or Office document"), (b"\x89PNG", "a PNG image"), (b"\xff\xd8\xff", "a JPEG image"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"), (b"<!DOCTYPE", "a web page"), (b"<!doctype", "a web page"),
    (b"<html", "a web page"), (b"{\\rtf", "an RTF document"), (b"%!PS", "a PostScript file"), (b"\x1f\x8b", "gzip"),
    (b"GIF8", "a GIF image"), (b"II*\x00", "a TIFF image"), (b"MM\x00*", "a TIFF image"),
)  # fmt: skip


def check_file(path: Path) -> None:
    """Raise UnreadablePaper unless the file is a PDF of bearable size that unpacks to a bearable size."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise UnreadablePaper(f"{path.name}: the file can't be opened ({error.strerror})") from error
    if size == 0:
        raise UnreadablePaper(f"{path.name}: the file is empty (0 bytes), expected a PDF; upload it again")
    if size > MAX_FILE_BYTES:
        raise UnreadablePaper(f"{path.name}: too large: {size} bytes, expected at most {MAX_FILE_BYTES}")
    content = path.read_bytes()
    if b"%PDF-" not in content[:1024]:
        kind = next((name for magic, name in _OTHER_TYPES if content.lstrip()[: len(magic)] == magic), "something else")
        raise UnreadablePaper(f"{path.name}: not a PDF: expected the file to start with %PDF-, got {kind}")
    _check_streams(path.name, content)


def _check_streams(name: str, content: bytes) -> None:
    view = memoryview(content)
    total = 0
    for found in _STREAM.finditer(content):
        head = content[max(0, found.start() - 600) : found.start()]
        head = head[head.rfind(b" obj") + 1 :]
        if b"Flate" not in head and b"/Fl " not in head:
            continue
        size, packed = _unpacked(view[found.end() :], 2 if head.count(b"FlateDecode") > 1 else 1)
        limit = MAX_IMAGE_BYTES if b"/Image" in head else MAX_STREAM_BYTES
        total += size
        if size > limit or total > MAX_TOTAL_BYTES or (size > BOMB_BYTES and size > BOMB_RATIO * packed and limit == MAX_STREAM_BYTES):
            raise UnreadablePaper(
                f"{name}: too large once unpacked (a decompression bomb?): "
                f"a stream of {packed} bytes unpacks to {size} or more, {total} bytes in all"
            )


def _unpacked(packed: memoryview, layers: int) -> tuple[int, int]:
    """How many bytes a deflated stream unpacks to (counted up to the largest limit) and from how many."""
    inflators = [zlib.decompressobj() for _ in range(layers)]
    size = taken = 0
    while not inflators[0].eof and taken < len(packed) and size <= MAX_IMAGE_BYTES:
        piece = bytes(packed[taken : taken + _CHUNK])
        taken += len(piece)
        try:
            size += _inflate(inflators, piece, MAX_IMAGE_BYTES - size)
        except zlib.error:  # damaged or not deflated after all: PDFium will say so
            break
    return size, taken - len(inflators[0].unused_data)


def _inflate(inflators: list[zlib._Decompress], piece: bytes, room: int) -> int:
    """Feed one piece through the inflators; returns the bytes that came out of the layer that gave most."""
    first, size = inflators[0], 0
    while piece and size <= room and not first.eof:
        out = first.decompress(piece, 2**20)
        inner = sum(len(part) for part in _pieces(inflators[1], out)) if len(inflators) > 1 else 0
        size += max(len(out), inner)
        piece = first.unconsumed_tail
    return size


def _pieces(inflator: zlib._Decompress, piece: bytes) -> list[bytes]:
    parts, size = [], 0
    while piece and size <= MAX_STREAM_BYTES and not inflator.eof:
        parts.append(inflator.decompress(piece, 2**20))
        size += len(parts[-1])
        piece = inflator.unconsumed_tail
    return parts
