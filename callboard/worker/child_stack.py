"""The stack of a child process: it is written at a signal, at once, wherever the body hangs."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

SIGNAL: Final = signal.SIGUSR1
MOST: Final = 10_000
PATIENCE: Final = 0.5
LOOK_EVERY: Final = 0.01


def prepare_stack() -> int:
    """In the child: get ready to write; the number of a file without a name, by which the worker reads it."""
    file = tempfile.TemporaryFile("a+b")  # noqa: SIM115 - it is open as long as this process lives
    number = os.dup(file.fileno())
    file.close()
    faulthandler.register(SIGNAL, number)
    return number


def read_stack(pid: int, number: int) -> str:
    """In the worker: what the threads of a child do now, innermost call first; nothing where it cannot be read."""
    if sys.platform != "linux":
        return ""
    with contextlib.suppress(OSError), Path(f"/proc/{pid}/fd/{number}").open("r+b") as file:
        file.truncate(0)
        os.kill(pid, SIGNAL)
        return _written(file.fileno()).decode(errors="replace")
    return ""


def _written(number: int) -> bytes:
    """What stands in a file once something has been written and nothing more is."""
    deadline, seen = time.monotonic() + PATIENCE, b""
    while time.monotonic() < deadline:
        time.sleep(LOOK_EVERY)
        text = os.pread(number, MOST, 0)
        if text and text == seen:
            break
        seen = text
    return seen
