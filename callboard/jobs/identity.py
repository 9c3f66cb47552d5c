"""Ids of jobs and flows: ULIDs, sortable by time, rising within a process (github.com/ulid/spec)."""

from __future__ import annotations

import os
import threading
import time
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS: Final = tuple(a + b for a in ALPHABET for b in ALPHABET)
_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """A new ULID: 26 characters, later ids of this process always sort after earlier ones."""
    global _last
    with _lock:
        value = (time.time_ns() // 1_000_000) << 80
        # Within one millisecond count up from the last one: a bulk enqueue must keep its order.
        _last = _last + 1 if value <= _last else value | (int.from_bytes(os.urandom(9), "big") << 8)
        value = _last
    pairs = _PAIRS
    return "".join([pairs[(value >> shift) & 1023] for shift in range(120, -10, -10)])


def forget_last() -> None:
    """Start afresh in a forked child, which would otherwise continue its parent's ids."""
    global _last, _lock
    _lock = threading.Lock()
    _last = 0


os.register_at_fork(after_in_child=forget_last)


def is_id(text: str) -> bool:
    """Whether this could be an id of ours."""
    return len(text) == 26 and text.isascii() and text.isalnum() and text == text.upper()
