"""The threads in which bulk acts run: a bounded number, so that acts cannot crowd out requests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

MOST: Final = 4
Task = Callable[[threading.Event], None]


class BulkThreads:
    """The bulk acts that run in this process."""

    def __init__(self, most: int = MOST) -> None:
        self._places = threading.BoundedSemaphore(most)

    def reserve(self) -> bool:
        """Take a place for an act that is about to begin; False while all are taken."""
        return self._places.acquire(blocking=False)

    def give_back(self) -> None:
        """Give back a place that was reserved for nothing."""
        self._places.release()

    def run(self, task: Task) -> threading.Thread:
        """Run an act in the place that was reserved for it; with the process it ends where it stands."""

        def body() -> None:
            try:
                task(threading.Event())
            finally:
                self._places.release()

        thread = threading.Thread(target=body, name="bulk", daemon=True)
        thread.start()
        return thread
