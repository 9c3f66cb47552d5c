"""Single keys from a terminal, which is left as it was found."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import termios
import tty
from collections.abc import Callable, Iterator
from typing import Final

Keys = Callable[[float], "str | None"]
NAMES: Final = {
    "\x1b[A": "up",
    "\x1b[B": "down",
    "\x1bOA": "up",
    "\x1bOB": "down",
    "\x1b[5~": "page up",
    "\x1b[6~": "page down",
    "\x1b": "back",
    "\x7f": "erase",
    "\x08": "erase",
    "\r": "enter",
    "\n": "enter",
    "\x04": "q",
    "\x0c": "redraw",
}
# What a key sends arrives in one piece, over a slow line in two.
REST: Final = 0.05


@contextlib.contextmanager
def keys() -> Iterator[Keys]:
    """A function that waits so many seconds for a key; inside, nothing is echoed and no line is gathered.

    Ctrl-C stays Ctrl-C. Raises OSError where standard input is no terminal.
    """
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    tty.setcbreak(descriptor, termios.TCSADRAIN)
    try:
        yield lambda seconds: key(descriptor, seconds)
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


def key(descriptor: int, seconds: float) -> str | None:
    """The next key by its name or its character, None when none was pressed."""
    if not _ready(descriptor, seconds):
        return None
    text = _read(descriptor, 1)
    if text == "\x1b":
        while _ready(descriptor, REST) and len(text) < 6:
            text += _read(descriptor, 1)
            if text in NAMES or text[-1].isalpha():
                break
        return NAMES.get(text)
    return NAMES.get(text, text)


def _ready(descriptor: int, seconds: float) -> bool:
    return bool(select.select([descriptor], [], [], seconds)[0])


def _read(descriptor: int, size: int) -> str:
    """A character; a terminal that has gone away ends the command."""
    found = os.read(descriptor, size)
    if not found:
        raise KeyboardInterrupt
    while found[0] >= 0xC0 and len(found) < 4 and _ready(descriptor, 0):
        try:
            return found.decode()
        except UnicodeDecodeError:
            found += os.read(descriptor, 1)
    return found.decode(errors="replace")
