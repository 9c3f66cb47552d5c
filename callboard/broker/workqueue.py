"""The line between the exchange and the worker threads of a process: first in, first out, and nothing more."""

from __future__ import annotations

import time
from queue import Empty, SimpleQueue

from callboard.broker.attempt import Attempt


class WorkQueue(SimpleQueue[Attempt]):
    """What Dramatiq's worker needs of its work queue, without the locks of a priority queue.

    Priorities are decided by the server; what has been fetched runs in the order it came.
    """

    def task_done(self) -> None:
        """Dramatiq counts tasks to join on them; the exchange knows what it holds."""

    @property
    def unfinished_tasks(self) -> int:
        """How many attempts no thread has taken yet."""
        return self.qsize()

    def join(self) -> None:
        """Wait until every attempt has been taken by a thread."""
        while self.qsize():
            time.sleep(0.01)

    def take_all(self) -> list[Attempt]:
        """Take every attempt that no thread has taken."""
        taken: list[Attempt] = []
        try:
            while True:
                taken.append(self.get_nowait())
        except Empty:
            return taken
