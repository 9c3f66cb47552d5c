"""The warm children of this worker process: taken for an attempt, given back after it, closed with the worker."""

from __future__ import annotations

import atexit
import threading
from typing import Final

from callboard.worker.child_process import GUARD, Child

END_PATIENCE: Final = 0.5


class Children:
    """All children of a process; the idle ones wait for another attempt of a type of their module."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: set[Child] = set()
        self._idle: list[Child] = []

    def take(self, module: str, most: int) -> Child | None:
        """An idle child for a module, None when one must be started; then there is room for it among `most`."""
        with self._lock:
            usable = [child for child in self._idle if child.usable]
            unusable = [child for child in self._idle if child not in usable]
            mine = next((child for child in reversed(usable) if child.module == module), None)
            # The first in line has been idle for longest.
            surplus = [] if mine else usable[: max(len(self._all) - len(unusable) + 1 - most, 0)]
            self._idle = [child for child in usable if child is not mine and child not in surplus]
        for child in (*unusable, *surplus):
            self.discard(child)
        return mine

    def new(self, module: str) -> Child:
        """A child that is not started yet."""
        child = Child(module)
        with self._lock:
            self._all.add(child)
        return child

    def stack(self, job: str) -> str:
        """What the child that runs a job does now, nothing where none is known."""
        with self._lock:
            running = [child for child in self._all if child.job == job]
        return running[0].stack() if running else ""

    def give_back(self, child: Child) -> None:
        """Keep a child for the next attempt, unless it is spent."""
        if not child.usable:
            self.discard(child)
            return
        with self._lock:
            self._idle.append(child)

    def discard(self, child: Child) -> None:
        """End a child."""
        child.end()
        with self._lock:
            self._all.discard(child)

    def close(self) -> None:
        """End all children, also those that run a body; safe to repeat, and to take another one after."""
        with self._lock:
            ending, self._all, self._idle = self._all, set(), []
        for child in ending:
            child.end()
        for child in ending:
            child.ended(END_PATIENCE)
        GUARD.close()


CHILDREN: Final = Children()
# Registered after the library's own, so run before it: that one would wait three seconds for a body in C code.
atexit.register(CHILDREN.close)
