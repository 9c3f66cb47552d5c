"""Ids of jobs and flows: ULIDs, sortable by time, rising within a process (github.com/ulid/spec)."""

from __future__ import annotations

import os
import re
import threading
import time
from hashlib import blake2b
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
OWN_ID: Final = re.compile(r"[\w.:/+=@-]{1,200}", re.ASCII)
_PAIRS: Final = tuple(a + b for a in ALPHABET for b in ALPHABET)


class _Ids:
    """The ids of this process: each is larger than the one before."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Start afresh; a forked child would otherwise continue its parent's ids, and with its lock as it stood."""
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> int:
        """The next one, as a number."""
        with self._lock:
            value = (time.time_ns() // 1_000_000) << 80
            # Within one millisecond count up from the last one: a bulk enqueue must keep its order.
            fresh = value > self._last
            self._last = value | (int.from_bytes(os.urandom(9), "big") << 8) if fresh else self._last + 1
            return self._last


_ids: Final = _Ids()
os.register_at_fork(after_in_child=_ids.forget)


def new_id() -> str:
    """A new ULID: 26 characters, later ids of this process always sort after earlier ones."""
    value, pairs = _ids.next(), _PAIRS
    return "".join([pairs[(value >> shift) & 1023] for shift in range(120, -10, -10)])


def id_for(at_ms: int, *parts: str) -> str:
    """The id of something that happens at a time, always the same one for the same parts."""
    value = at_ms << 80 | int.from_bytes(blake2b("\0".join(parts).encode(), digest_size=10).digest(), "big")
    return "".join([_PAIRS[(value >> shift) & 1023] for shift in range(120, -10, -10)])


def checked_id(text: str) -> str:
    """The id if it can be one; ids of callers' own may be other than ours, but `#` and spaces have meanings.

    Raises ValueError.
    """
    if OWN_ID.fullmatch(text):
        return text
    raise ValueError(f"an id has up to 200 letters, digits and . _ : - / + = @, got {text[:220]!r}")


def kept_id(text: str) -> str:
    """An id as it is kept, from what somebody has typed: ours in capital letters, callers' own as they are."""
    text = text.strip()
    return text.upper() if is_id(text.upper()) else text


def is_id(text: str) -> bool:
    """Whether this could be an id of ours."""
    return len(text) == 26 and text.isascii() and text.isalnum() and text == text.upper()
