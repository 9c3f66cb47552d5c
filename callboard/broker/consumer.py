"""Dramatiq's consumer: one of them, the lead, fetches for all queues of the process; acks go to the exchange."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Iterable
from typing import Final, cast

from dramatiq.broker import Consumer, MessageProxy

from callboard.broker.attempt import Attempt
from callboard.broker.errors import BrokerFault
from callboard.broker.exchange import Exchange
from callboard.broker.keys import WAKE
from callboard.broker.link import REPLY_TIMEOUT
from callboard.broker.vouching import PAUSE
from callboard.jobs.outcome import Fail, Failure, RetryAfter

# The longest time between two looks at the server when nothing wakes us: a safety net, not how jobs are found.
SAFETY_POLL: Final = 2.0
RETRY_PAUSE: Final = 0.5
COMING_PAUSE: Final = 0.005
NOTE_EVERY: Final = 10.0
log = logging.getLogger("callboard.consumer")


class QueueConsumer(Consumer):
    """The consumer of one queue; it never polls, and with others present it only keeps the thread alive."""

    def __init__(self, exchange: Exchange, queue: str, lead: bool, timeout_ms: int) -> None:
        self.exchange = exchange
        self.queue = queue
        self.lead = lead
        self.timeout = timeout_ms / 1000
        self._link = exchange.links.open()
        self._closed = threading.Event()
        self._noted_at = -NOTE_EVERY
        self._owed: set[str] = set()

    def __next__(self) -> None:
        """See that work comes in; jobs go straight into the work queue, so None is all that Dramatiq gets."""
        self.exchange.coming.discard(self.queue)  # Dramatiq iterates over us, so it hands us the outcomes of our queue
        try:
            if self.lead and not self.exchange.stopping:
                self._bring_work()
            else:
                self._pass_on()
                self._closed.wait(self.timeout)
        except BrokerFault as error:
            self._note(error)
            self._closed.wait(RETRY_PAUSE)

    def _note(self, error: BrokerFault) -> None:
        """One line in ten seconds is enough while the server is away."""
        now = time.monotonic()
        if now - self._noted_at > NOTE_EVERY:
            self._noted_at = now
            log.warning("no jobs are fetched until the server answers as it should: %s", error)

    def _bring_work(self) -> None:
        exchange = self.exchange
        if exchange.coming:  # a job that ends before the consumer of its queue is there would find nobody to tell
            self._closed.wait(COMING_PAUSE)
            return
        if not exchange.vouching.sure and not exchange.may_fetch():
            self._closed.wait(PAUSE)
            return
        exchange.room_made.clear()
        # What is read ahead, the threads fetch when they conclude; for us there is something to do when one is idle.
        if exchange.room()[0] == 0:
            self._pass_on()
            exchange.room_made.wait(self.timeout)
            return
        next_ms = exchange.fetch()
        if next_ms is None or exchange.room()[0] == 0:
            return
        if next_ms < 0:
            self._owed.clear()
        if exchange.room_made.is_set():
            self._wait(min(next_ms / 1000 if next_ms >= 0 else SAFETY_POLL, SAFETY_POLL))

    def _wait(self, seconds: float) -> None:
        """Wait on the server until a job is there for one of our queues, or the next one is due."""
        keys = [WAKE(self.exchange.links.prefix, queue) for queue in self.exchange.queues]
        token = self._link.run([("BLPOP", *keys, max(seconds, 0.001))], timeout=seconds + REPLY_TIMEOUT)[0]
        if token:
            self._owed.add(token[0])

    def _pass_on(self) -> None:
        """Give back the tokens whose jobs we have not looked for, or that are not due yet, now that we have no thread.

        Nobody else was told of these jobs: without this they would wait for the safety poll of an idle worker.
        """
        if self._owed:
            self._link.run([("LPUSH", key, "1") for key in self._owed])
            self._owed.clear()

    def ack(self, message: MessageProxy) -> None:
        """Hand the outcome to the exchange, which keeps the job held until it is written."""
        attempt = cast("Attempt", message)
        if attempt.outcome is None:
            attempt.outcome = undecided(attempt)
        self.exchange.conclude(attempt)

    nack = ack

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        """Hand back messages that were not started."""
        self.exchange.hand_back(cast("Iterable[Attempt]", messages))

    def close(self) -> None:
        """Stop waiting."""
        self._closed.set()
        with contextlib.suppress(BrokerFault):
            self._pass_on()
        self._link.close()


def undecided(attempt: Attempt) -> RetryAfter | Fail:
    """The outcome of an attempt for which no middleware decided one, skipped or failed as it may be: never success."""
    failure = Failure("bug", "NoOutcome", "the attempt ended without an outcome: a middleware skipped it or failed")
    log.error("job %s attempt %d ended without an outcome", attempt.message_id, attempt.attempt)
    return (
        RetryAfter(attempt.retry.delay(attempt.attempt), failure)
        if attempt.attempt < attempt.attempts
        else Fail(failure)
    )
