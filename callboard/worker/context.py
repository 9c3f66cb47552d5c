"""What a body is handed: progress, log, checkpoint, follow-up jobs, and the ways to steer its own job."""

from __future__ import annotations

import logging
import time
from typing import Any, Final, NoReturn

from dramatiq.message import Message

from callboard.broker.broker import CallboardBroker
from callboard.broker.errors import ConnectionLost
from callboard.broker.scripts import bind
from callboard.jobs.clock import wall_ms
from callboard.jobs.encoding import decode, encode
from callboard.jobs.errors import JobCancelled, LeaseLost, RateLimited, WorkerStopping
from callboard.jobs.progress import Pace, Progress

PROGRESS: Final = bind("progress", "id", "fence", "progress")
LOG: Final = bind("log", "id", "fence", "number", "lines*")
SAVE: Final = bind("save", "id", "fence", "checkpoint")
PERMIT: Final = bind("permit", "id", "fence", "key", "count", "per_ms")
LINE_MOST: Final = 8_000
LOOK_EVERY: Final = 0.1


class Context:
    """The body's side of its job; every call to `progress` is a place at which a cancel or shutdown may stop it."""

    def __init__(self, broker: CallboardBroker, attempt: Any) -> None:
        self.broker = broker
        self.attempt = attempt
        self.id: str = attempt.message_id
        self.type: str = attempt.actor_name
        self.number: int = attempt.attempt
        self._pace = Pace(every=broker.progress_every)
        self._lines = 0

    @property
    def checkpoint(self) -> Any:
        """What an earlier attempt saved, None at first."""
        text = self.attempt.checkpoint_json
        return decode(text, "checkpoint") if text else None

    def progress(self, done: float, total: float = 100, step: str = "") -> None:
        """Say how far the body is; written at most ten times a second, the last one always.

        Raises JobCancelled, WorkerStopping or LeaseLost where the job must stop here, ValueError for a share
        that is not between 0 and 1.
        """
        progress = Progress(done, total, self.broker.mask(step))
        self.raise_if_stopped()
        if self._pace.due(progress, time.monotonic()):
            self._write(PROGRESS.name, encode(progress.values(self._pace.eta_ms()), "progress"))

    def log(self, message: str, level: str = "info") -> None:
        """Add a line to the log of the job, which its page shows while it runs."""
        logging.getLogger(f"callboard.job.{self.type}").log(logging.getLevelNamesMapping()[level.upper()], message)
        told = self.broker.mask(message[:LINE_MOST])
        line = encode({"at_ms": wall_ms(), "level": level, "message": told}, "log line")
        self._lines += 1
        self._write(LOG.name, self._lines, line)

    def save(self, checkpoint: Any) -> None:
        """Keep a checkpoint from which the next attempt can go on. Raises as `progress` does."""
        text = encode(checkpoint, f"checkpoint of {self.type}")
        self._write(SAVE.name, text)
        self.attempt.checkpoint_json = text

    def enqueue(self, message: Message[Any], *, delay_ms: int | None = None) -> str:
        """Enqueue a further job; safe to repeat when this one is, if the message is given an id of its own."""
        self.broker.enqueue(message, delay=delay_ms)
        return message.message_id

    def rate_limited(self, after: float, key: str | None = None) -> NoReturn:
        """Give the attempt back and come again after so many seconds; with a key, all its jobs wait as long.

        Raises RateLimited, always.
        """
        if key:
            self.broker.control.throttle(key, hold=after)
        raise RateLimited(after, key)

    def permit(self, key: str, count: int, per: float, *, patience: float = 5.0) -> None:
        """Take one of `count` starts in any `per` seconds, shared by all workers; for bodies that make many calls.

        Jobs under a KeyLimit of the same key count too, and what an operator or a 429 has set for the key holds. Waits
        up to `patience` seconds for a start; where it would take longer, the attempt is given back until then.

        Raises RateLimited, JobCancelled, WorkerStopping, LeaseLost, ConnectionLost.
        """
        deadline = time.monotonic() + patience
        while wait := self._ask_permit(key, count, round(per * 1000)):
            if time.monotonic() + wait > deadline:
                raise RateLimited(wait, message=f"the rate of {key} has no start left: {count} in {per:g} s")
            self._wait(wait)

    def _ask_permit(self, key: str, count: int, per_ms: int) -> float:
        """Seconds until a start may be free, none where it was given."""
        links = self.broker.links
        reply = links.call(*links.script(PERMIT.name, self.id, self.attempt.fence, key, count, per_ms))
        self._heed(reply)
        return int(reply) / 1000

    def _wait(self, seconds: float) -> None:
        """Wait so long, and stop where the job must stop."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.raise_if_stopped()
            time.sleep(min(left, LOOK_EVERY))

    @property
    def cancelled(self) -> bool:
        """Whether the cancellation of the job was asked for."""
        return bool(self.attempt.cancelled)

    def raise_if_stopped(self) -> None:
        """Stop here if the job must stop. Raises LeaseLost, JobCancelled or WorkerStopping."""
        if self.attempt.lost:
            raise LeaseLost(f"the lease of job {self.id} was lost")
        if self.attempt.cancelled:
            raise JobCancelled(f"job {self.id} was cancelled")
        if self.attempt.stop:
            raise WorkerStopping(f"job {self.id} is handed back: its worker stops")

    def _write(self, verb: str, *values: str | int) -> None:
        """Write under the fence; a server that is away does not stop a body, its lease decides that."""
        links = self.broker.links
        try:
            reply = links.call(*links.script(verb, self.id, self.attempt.fence, *values))
        except ConnectionLost as error:
            logging.getLogger("callboard.context").warning("%s of job %s was not written: %s", verb, self.id, error)
            return
        self._heed(reply)

    def _heed(self, reply: object) -> None:
        """Stop here where the server says so."""
        if reply == "LOST":
            self.attempt.lost = True
        elif reply == "CANCEL":
            self.attempt.cancelled = True
        self.raise_if_stopped()
