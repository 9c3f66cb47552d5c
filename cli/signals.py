"""Ctrl-C and SIGTERM: the first asks to stop, the second stops at once."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any


class Told:
    """Whether this process was told to stop, and by which signal."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.number = 0

    def wait(self, seconds: float) -> bool:
        """Wait to be told; whether it was."""
        return self.event.wait(seconds)


@contextlib.contextmanager
def until_told(again: Callable[[], None]) -> Iterator[Told]:
    """Hear SIGINT, SIGTERM and SIGHUP inside the block; `again` is called for each after the first."""
    told = Told()

    def hear(number: int, _frame: Any) -> None:
        if told.event.is_set():
            again()
        told.number = number
        told.event.set()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, hear) for number in numbers}
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def sigterm_interrupts() -> Iterator[None]:
    """Let SIGTERM end a command as Ctrl-C does, so that it cleans up behind itself."""

    def interrupt(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
