"""Answers that are dear to make, kept for some seconds for all who ask, but not for who has just changed something."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from typing import Any, Final, TypeVar

T = TypeVar("T")
NAMES_MOST: Final = 200


class Kept:
    """Each answer with the time it was made at; of several who ask at once, one makes it and the others wait."""

    def __init__(self, shares: Callable[[], bool], clock: Callable[[], float] = time.monotonic) -> None:
        self._shares, self._clock = shares, clock
        self._lock, self._making = Lock(), dict[Any, Lock]()
        self._known: dict[Any, tuple[float, Any]] = {}

    def get(self, name: Any, seconds: float, make: Callable[[], T]) -> T:
        """What `make` gave within the last seconds, or gives now."""
        with self._lock:
            if len(self._making) >= NAMES_MOST:  # ranges and filters are chosen by whoever asks
                self._making.clear()
                self._known.clear()
            making = self._making.setdefault(name, Lock())
        with making:
            at, known = self._known.get(name, (-seconds, None))
            if self._clock() - at < seconds and self._shares():
                found: T = known
                return found
            found = make()
            self._known[name] = self._clock(), found
            return found
