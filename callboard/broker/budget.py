"""How many commands those who look may cost the server: so many a second, and so many at once after a quiet time."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Final

PER_SECOND: Final = 6.0
BURST: Final = 300.0


class Budget:
    """What is left to spend; it may be overdrawn, and is then paid back before anything else is bought."""

    def __init__(
        self, per_second: float = PER_SECOND, burst: float = BURST, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.per_second, self.burst = per_second, burst
        self._clock, self._lock = clock, Lock()
        self._left, self._paid_at = burst, clock()

    def left(self) -> float:
        """Commands that may be sent now; below zero where more were sent than there were."""
        return self.pay(0)

    def pay(self, commands: int) -> float:
        """Take some commands away; what is left."""
        with self._lock:
            now = self._clock()
            self._left = min(self.burst, self._left + (now - self._paid_at) * self.per_second) - commands
            self._paid_at = now
            return self._left
