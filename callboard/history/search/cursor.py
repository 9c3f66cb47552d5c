"""Where a page ends, as a text that says nothing to anybody else: a number, and which way to go from there."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from dataclasses import dataclass
from typing import Final

from callboard.history.search.errors import BadCursor

FORM: Final = re.compile(r"([nop])(\d{1,18})(?:-(\d{1,18}))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the history.

    `way` is `o` for the jobs older than `number`, `n` for those newer, `p` for going through them from old to new,
    up to `last`.
    """

    way: str
    number: int
    last: int | None = None

    def __str__(self) -> str:
        """The text that `read_cursor` reads."""
        text = f"{self.way}{self.number}" + ("" if self.last is None else f"-{self.last}")
        return base64.urlsafe_b64encode(text.encode() + _check(text)).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """The place that a page has named. Raises BadCursor for anything else."""
    try:
        kept = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        inner = kept[:-4].decode("ascii")
    except (UnicodeError, binascii.Error, ValueError):
        inner, kept = "", b""
    found = FORM.fullmatch(inner)
    if not found or kept[-4:] != _check(inner):
        raise BadCursor(f"expected a cursor that a page has named, got {text[:40]!r}; begin without one")
    return Cursor(found[1], int(found[2]), int(found[3]) if found[3] else None)


def _check(text: str) -> bytes:
    return zlib.crc32(text.encode()).to_bytes(4, "big")
