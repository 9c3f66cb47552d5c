"""What may be opened at all: the file's type by its content, its size, and what its streams unpack to."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from research.papers.errors import UnreadablePaper
from research.papers.forms import Forms

MAX_FILE_BYTES: Final = 200 * 2**20
MAX_STREAM_BYTES: Final = 48 * 2**20  # one page's drawing, or a font
MAX_IMAGE_BYTES: Final = 192 * 2**20
MAX_TOTAL_BYTES: Final = 768 * 2**20
MAX_SHOWN_BYTES: Final = 600_000  # strings drawn by one stream; PDFium takes about 250 bytes of memory for each
BOMB_RATIO: Final = 150  # text and drawings shrink 3 to 20 times, zeros about 1,000 times
BOMB_BYTES: Final = 4 * 2**20
SMALL_BYTES: Final = 2**18  # too little to hide a bomb of text in
_CHUNK: Final = 2**18
_HEAD: Final = 8_192

_STREAM: Final = re.compile(rb"stream\r?\n")
_OBJECT: Final = re.compile(rb"(\d+)\s+\d+\s+obj\b")
_FILTER: Final = re.compile(rb"/(FlateDecode|Fl|ASCII85Decode|A85|ASCIIHexDecode|AHx)\b")
_SHOWS: Final = re.compile(rb"[)>\]]\s*T[jJ]\b")
_STRINGS: Final = re.compile(rb"\((?:[^()\\]|\\.)*\)|<[0-9A-Fa-f\s]+>", re.S)
_OTHER_TYPES: Final = (
    (b"PK\x03\x04", "a ZIP archive or Office document"), (b"\x89PNG", "a PNG image"), (b"\xff\xd8\xff", "a JPEG image"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"), (b"<!DOCTYPE", "a web page"), (b"<!doctype", "a web page"),
    (b"<html", "a web page"), (b"{\\rtf", "an RTF document"), (b"%!PS", "a PostScript file"), (b"\x1f\x8b", "gzip"),
    (b"GIF8", "a GIF image"), (b"II*\x00", "a TIFF image"), (b"MM\x00*", "a TIFF image"),
)  # fmt: skip


def check_file(path: Path, shown: str) -> None:
    """Raise UnreadablePaper unless the file is a PDF of bearable size that unpacks to one; errors name it `shown`."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise UnreadablePaper(f"{shown}: too large: {size} bytes, expected at most {MAX_FILE_BYTES}")
        content = path.read_bytes()
    except OSError as error:
        raise UnreadablePaper(f"{shown}: the file can't be opened ({error.strerror})") from error
    if not content:
        raise UnreadablePaper(f"{shown}: the file is empty (0 bytes), expected a PDF; upload it again")
    if b"%PDF-" not in content[:1024]:
        kind = next((name for magic, name in _OTHER_TYPES if content.lstrip().startswith(magic)), "something else")
        raise UnreadablePaper(f"{shown}: not a PDF: expected the file to start with %PDF-, got {kind}")
    _check_streams(shown, content)


def _check_streams(name: str, content: bytes) -> None:
    total = 0
    forms = Forms(content)
    for found in _STREAM.finditer(content):
        head = _plain_names(content[max(0, found.start() - _HEAD) : found.start()])
        opening = [*_OBJECT.finditer(head)][-1:]
        head = head[opening[0].start() :] if opening else head[-600:]
        image = b"/Image" in head
        size, shown, packed, drawn = _measure(
            content, found.end(), head, MAX_IMAGE_BYTES if image else MAX_STREAM_BYTES
        )
        total += size
        problem = (
            _problem(size, packed, total, image) if shown <= MAX_SHOWN_BYTES else f"{shown} bytes of text on one page"
        )
        if problem:
            raise UnreadablePaper(f"{name}: too large once unpacked (a decompression bomb?): {problem}")
        if opening and not image:
            forms.add(int(opening[0][1]), head, drawn)
    if forms.explode():
        raise UnreadablePaper(f"{name}: its drawings nest in each other without bound (a bomb?); print it to a new PDF")


def _plain_names(head: bytes) -> bytes:
    """Names without their hexadecimal escapes, so that `/F#69lter` hides nothing."""
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda code: bytes([int(code[1], 16)]), head)


def _problem(size: int, packed: int, total: int, image: bool) -> str:
    if total > MAX_TOTAL_BYTES:
        return f"more than {MAX_TOTAL_BYTES} bytes in all"
    if size > (MAX_IMAGE_BYTES if image else MAX_STREAM_BYTES):
        return f"a stream of {packed} bytes unpacks to {size} or more"
    if not image and size > BOMB_BYTES and size > BOMB_RATIO * packed:
        return f"a stream of {packed} bytes unpacks to {size}"
    return ""


def _measure(content: bytes, start: int, head: bytes, limit: int) -> tuple[int, int, int, bytes]:
    """How many bytes a stream unpacks to, how many of them are strings it draws, from how many, and its first piece.

    Counting stops at the limits.
    """
    filters = _FILTER.findall(head.rpartition(b"/Filter")[2]) if b"/Filter" in head else []
    end = content.find(b"endstream", start)
    end = len(content) if end < 0 else end
    first, size, shown = b"", 0, 0
    try:
        for piece in _unpacked(content, start, end, filters):
            first = first or piece
            size += len(piece)
            if size > SMALL_BYTES and limit == MAX_STREAM_BYTES and len(_SHOWS.findall(piece)) > 9:
                shown += sum(map(len, _STRINGS.findall(piece)))
            if size > limit or shown > MAX_SHOWN_BYTES:
                break
    except (zlib.error, ValueError):  # damaged or something else after all: PDFium will say so
        pass
    return size, shown, max(1, end - start), first


def _unpacked(content: bytes, start: int, end: int, filters: list[bytes]) -> Iterator[bytes]:
    """The stream in pieces, its text filters undone."""
    pieces: Iterable[bytes] = (content[at : min(at + _CHUNK, end)] for at in range(start, end, _CHUNK))
    for name in filters[:4]:
        if name in (b"FlateDecode", b"Fl"):
            pieces = _inflated(pieces)
        elif name in (b"ASCII85Decode", b"A85"):
            pieces = [base64.a85decode(b"".join(pieces).split(b"~>")[0].strip())]
        else:
            pieces = [bytes.fromhex(b"".join(pieces).split(b">")[0].decode("ascii", "replace"))]
    yield from pieces


def _inflated(pieces: Iterable[bytes]) -> Iterator[bytes]:
    inflator = zlib.decompressobj()
    for piece in pieces:
        rest = piece
        while rest and not inflator.eof:
            yield inflator.decompress(rest, _CHUNK)
            rest = inflator.unconsumed_tail
