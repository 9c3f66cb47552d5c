"""Listening to answers in threads, so that the one that hears stops is never held up by a provider that is silent."""

from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event
from typing import Final, TypeVar

from callboard.jobs.errors import CallboardError
from research.ai.analysis import Heard

LOOK_EVERY: Final = 0.1
# Streams that are abandoned end with their next piece; one that is silent is left to its time limit.
GRACE: Final = 2.0
Answer = TypeVar("Answer")


class Abandoned(CallboardError):
    """Raised in a thread whose answer nobody waits for any more."""


class Ear:
    """Counts what arrives in some threads, and closes their streams when nobody waits for them."""

    def __init__(self) -> None:
        self.characters = 0
        self._deaf = Event()

    def hear(self, piece: str) -> None:
        """Count a piece. Raises Abandoned."""
        if self._deaf.is_set():
            raise Abandoned("the job was stopped while the answer arrived")
        self.characters += len(piece)

    def abandon(self, running: "set[Future[Answer]]") -> None:
        """Close the streams of these calls, and give them a moment to settle what they cost."""
        self._deaf.set()
        wait(running, GRACE)


def watched(ask: Callable[[Heard], Answer], look: Callable[[int], None]) -> Answer:
    """Make a call in a thread of its own, and look meanwhile with the number of characters that have arrived.

    Raises what `ask` raises; what `look` raises ends the wait.
    """
    pool, ear = ThreadPoolExecutor(1, thread_name_prefix="answer"), Ear()
    future = pool.submit(ask, ear.hear)
    pool.shutdown(wait=False)
    try:
        while not wait((future,), LOOK_EVERY, FIRST_COMPLETED).done:
            look(ear.characters)
    except BaseException:
        ear.abandon({future})
        raise
    return future.result()
