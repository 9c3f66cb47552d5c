"""Reads that all who look share: fresh for few, some seconds old for many, so that lookers never load the server."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import RLock
from typing import Any, Final, TypeVar

T = TypeVar("T")
# Commands that all shared reads of a process may cost: so many a second, and so many at once.
PER_SECOND: Final = 12.0
BURST: Final = 300.0


class SharedReads:
    """What was read last, by name, and the budget from which the next reads are paid."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = RLock()  # a read may rest on another
        self._known: dict[str, Any] = {}
        self._budget, self._paid_at = BURST, clock()

    def read(self, name: str, cost: Callable[[Any], int], make: Callable[[], T]) -> T:
        """What `make` gives, or gave the last time where the budget does not allow it now.

        `cost` tells the number of commands from what was read.
        """
        with self._lock:
            known = self._known.get(name)
            if known is None or self._pay(cost(known)):
                self._known[name] = known = make()
            found: T = known
            return found

    def forget(self) -> None:
        """Read everything anew, because somebody has changed something."""
        with self._lock:
            self._known.clear()

    def _pay(self, cost: int) -> bool:
        now = self._clock()
        self._budget = min(BURST, self._budget + (now - self._paid_at) * PER_SECOND)
        self._paid_at = now
        # What costs more than the largest budget waits until that is full.
        if self._budget < min(cost, BURST):
            return False
        self._budget -= cost
        return True
