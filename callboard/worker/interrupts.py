"""How a running body is made to stop: a flag it sees at its next progress, an exception in its thread, then without it.

Cancel: flag at once; after a grace, JobCancelled in its thread; after another, the attempt is written off.
Time limit: JobTimeout in its thread at the limit; after a grace, the attempt is written off. A body that blocks in C
code cannot be stopped inside its thread: what is written off is concluded on its behalf, whatever it still returns is
dropped, and another thread takes its place. Types for which that is not enough run in a child process, which is killed.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from typing import Final

from dramatiq.threading import raise_thread_exception

from callboard.broker.attempt import Attempt
from callboard.broker.exchange import Exchange
from callboard.jobs.errors import JobCancelled, JobTimeout, LeaseLost
from callboard.worker.conclude import conclude_error

GRACE: Final = 5.0
log = logging.getLogger("callboard.interrupts")


class Interrupts:
    """The stopping of bodies in one worker process; times are seconds of the steady clock."""

    def __init__(self, exchange: Exchange, max_crashes: int, replace_thread: Callable[[int], None]) -> None:
        self.exchange = exchange
        self.max_crashes = max_crashes
        self.replace_thread = replace_thread
        self._steps: dict[tuple[str, int], float] = {}

    def cancel(self, attempt: Attempt, now: float) -> None:
        """Ask a body to stop because its job was cancelled; safe to repeat."""
        attempt.cancelled = True
        if not attempt.in_child:  # the thread that waits for a child sees to that
            self._steps.setdefault((attempt.message_id, attempt.fence), now + GRACE)

    def withdraw(self, attempt: Attempt) -> None:
        """Let a body go on that was asked to stop and has not yet; one that has is run again by the server."""
        attempt.cancelled = False
        self._steps.pop((attempt.message_id, attempt.fence), None)

    def lose(self, attempt: Attempt) -> None:
        """Stop a body whose job belongs to another worker by now."""
        if not attempt.lost and attempt.outcome is None:
            log.warning("the lease of job %s was lost; its result will be refused", attempt.message_id)
            attempt.lost = True
            raise_in(attempt, LeaseLost)

    def next_due(self, now: float) -> float:
        """When to look again: the earliest limit or grace that runs out."""
        limits = [self._limit(attempt) for attempt in list(self.exchange.held.values())]
        return min([*limits, *self._steps.values(), now + 60.0])

    def _limit(self, attempt: Attempt) -> float:
        if not (attempt.timeout_ms and attempt.started_at) or attempt.outcome is not None or attempt.in_child:
            return math.inf
        return attempt.started_at + attempt.timeout_ms / 1000 + (GRACE if attempt.interrupted else 0.0)

    def enforce(self, now: float) -> None:
        """Take the next step with each body whose time has come."""
        held = list(self.exchange.held.values())
        for attempt in held:
            step = self._steps.get((attempt.message_id, attempt.fence), math.inf)
            if attempt.in_child or attempt.outcome is not None:
                continue
            if step <= now:
                self._next(attempt, JobCancelled(f"job {attempt.message_id} was cancelled"), now)
            elif self._limit(attempt) <= now:
                limit = attempt.timeout_ms / 1000
                self._next(attempt, JobTimeout(f"ran over its time limit of {limit:g} s"), now)
        alive = {(attempt.message_id, attempt.fence) for attempt in held}
        for gone in self._steps.keys() - alive:
            del self._steps[gone]

    def _next(self, attempt: Attempt, error: JobCancelled | JobTimeout, now: float) -> None:
        if attempt.interrupted:
            self._write_off(attempt, error)
            return
        attempt.interrupted = True
        if isinstance(error, JobCancelled):
            self._steps[attempt.message_id, attempt.fence] = now + GRACE
        raise_in(attempt, type(error), str(error))

    def _write_off(self, attempt: Attempt, error: JobCancelled | JobTimeout) -> None:
        """Conclude for a body that does not stop; its thread is replaced, what it still does is dropped."""
        with attempt.guard:
            thread, attempt.thread = attempt.thread, 0
            if not thread:
                return
            attempt.outcome = conclude_error(attempt, error, self.max_crashes)
            attempt.lost = True
        log.error("job %s does not stop; it is written off: %s", attempt.message_id, error)
        self.exchange.conclude(attempt)
        self.replace_thread(thread)


def raise_in(attempt: Attempt, kind: type[BaseException], words: str = "") -> None:
    """Raise an exception in the thread that runs the body of an attempt, if one still does."""
    with attempt.guard:
        if attempt.thread:
            # CPython wants a class here; the words are added where it is caught.
            attempt.last_words = words
            raise_thread_exception(attempt.thread, kind)
