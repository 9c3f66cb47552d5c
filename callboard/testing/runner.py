"""One attempt at a time in the calling thread: fetched, run through the middleware, its outcome written.

Everything around the body is what a worker uses: the scripts, the middleware of the broker, the rules that turn a
result or an exception into an outcome. Only Dramatiq's threads are left out, and with them all that runs on a timer.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from dramatiq.middleware import SkipMessage

from callboard.broker.attempt import Attempt
from callboard.broker.broker import CallboardBroker
from callboard.broker.consumer import undecided
from callboard.broker.exchange import FETCH
from callboard.broker.inputs import hand_on
from callboard.broker.intake import attempt_from, unknown
from callboard.broker.keys import WAKE
from callboard.broker.outcomes import commands
from callboard.broker.stream import Event, Stream
from callboard.jobs.encoding import decode
from callboard.jobs.errors import Interruption, JobTimeout
from callboard.jobs.identity import new_id
from callboard.jobs.outcome import Complete
from callboard.jobs.states import CANCELLED
from callboard.testing.errors import BoardInUse
from callboard.testing.ran import WORDS, Ran
from callboard.worker.current import current_attempt
from callboard.worker.interrupts import raise_in
from callboard.worker.job import JobActor
from callboard.worker.keeper import SETTLE, SETTLE_BATCH

WORKER: Final = "test"
# Longer than any test lets time pass: nobody renews, and an advanced clock must not make a job look abandoned.
LEASE_MS: Final = 100 * 365 * 24 * 3600 * 1000


class Runner:
    """The one worker of a test board, which works only when it is told to."""

    def __init__(self, broker: CallboardBroker) -> None:
        self.broker = broker
        self.in_children = False
        self.last: Ran | None = None
        self._stream = Stream(broker.links)

    def fetch(self, queues: Sequence[str]) -> tuple[Attempt | None, int]:
        """The next job of some queues, or none and the milliseconds until there may be one, -1 if never."""
        links, next_ms, looks = self.broker.links, -1, 0
        # The second look knows when what the first one has put off will be due.
        while looks < 2:
            next_ms, *jobs = links.call(*links.script(FETCH.name, WORKER, new_id(), LEASE_MS, 1, 0, *queues))
            if jobs:
                return attempt_from(*jobs[0]), 0
            self._settle()
            looks = 0 if self._woken(queues) else looks + 1
        return None, int(next_ms)

    def _settle(self) -> None:
        """Tell dependants of finished steps where these were too many for one script."""
        links = self.broker.links
        while links.call(*links.script(SETTLE.name, SETTLE_BATCH)):
            pass

    def _woken(self, queues: Sequence[str]) -> bool:
        """Whether a waiting worker would have been woken to look again."""
        links = self.broker.links
        return any(links.run(*[("LPOP", WAKE(links.prefix, queue)) for queue in queues]))

    def run(self, attempt: Attempt) -> Ran:
        """Run a fetched attempt and write its outcome.

        Raises BoardInUse inside a body, and what is meant for the test and not for the job: Ctrl-C, `pytest.fail`.
        """
        if current_attempt() is not None:
            raise BoardInUse("a body cannot run other jobs of its test; let it enqueue them, and drain after it")
        before = self.latest()
        self._prepare(attempt)
        error = self._process(attempt) if attempt.outcome is None else None
        attempt.outcome = attempt.outcome or undecided(attempt)
        self.write(attempt)
        self.last = self._told(attempt, error, before)
        if error is not None and not isinstance(error, Exception | Interruption | SystemExit):
            raise error
        return self.last

    def write(self, attempt: Attempt) -> None:
        """Write the outcome of an attempt."""
        links = self.broker.links
        links.run(*commands(links, [attempt]))

    def latest(self) -> str:
        """The id of the newest event."""
        return self._stream.latest()

    def events(self, after: str) -> list[Event]:
        """All events after this one."""
        newest, found = self.latest(), list[Event]()
        self._stream.after = after
        while newest not in ("0-0", self._stream.after):
            found += self._stream.read(block_ms=1)
        return found

    def close(self) -> None:
        """Close its connection."""
        self._stream.close()

    def _prepare(self, attempt: Attempt) -> None:
        """What a worker does with a job that it has fetched before a thread takes it."""
        links = self.broker.links
        if attempt.outcome is None and attempt.actor_name not in self.broker.actors:
            attempt.outcome = unknown(attempt)
        elif attempt.outcome is None and attempt.results_of:
            with links.held() as link:
                hand_on(link, links.prefix, attempt)

    def _process(self, attempt: Attempt) -> BaseException | None:
        """The body with all middleware around it, as in a thread of Dramatiq; what it raised."""
        broker = self.broker
        try:
            broker.emit_before("process_message", attempt)
            with _limited(attempt):
                result = self._call_body(attempt)
            broker.emit_after("process_message", attempt, result=result)
        except SkipMessage as skipped:
            broker.emit_after("skip_message", attempt)
            return skipped
        except BaseException as error:  # noqa: BLE001 - whatever a body raises is how its attempt ended
            attempt.stuff_exception(error)
            broker.emit_after("process_message", attempt, exception=error)
            return error
        return None

    def _call_body(self, attempt: Attempt) -> Any:
        actor = self.broker.get_actor(attempt.actor_name)
        if isinstance(actor, JobActor) and not self.in_children:
            return actor.run_body(attempt, *attempt.args, **attempt.kwargs)
        return actor(*attempt.args, **attempt.kwargs)

    def _told(self, attempt: Attempt, error: BaseException | None, before: str) -> Ran:
        id, outcome = attempt.message_id, attempt.outcome
        events = [event for event in self.events(before) if event.job == id]
        job = self.broker.store.find(id)
        return Ran(
            id=id,
            type=attempt.actor_name,
            queue=attempt.queue_name,
            attempt=attempt.attempt,
            ended=CANCELLED if job and job.state == CANCELLED else WORDS[type(outcome)],
            result=decode(outcome.result, "result") if isinstance(outcome, Complete) else None,
            error=error,
            outcome=outcome,
            progress=tuple(decode(event.data, "progress") for event in events if event.event == "job:progress"),
            log=tuple(decode(event.data, "log line")["message"] for event in events if event.event == "job:log"),
            checkpoint=job.checkpoint if job else None,
        )


@contextmanager
def _limited(attempt: Attempt) -> Iterator[None]:
    """Interrupt a block that takes longer than the attempt may, by the clock of the machine."""
    seconds = attempt.timeout_ms / 1000
    words = f"ran over its time limit of {seconds:g} s"
    timer = threading.Timer(seconds, raise_in, (attempt, JobTimeout, words))
    timer.daemon = True
    if seconds:
        timer.start()
    try:
        yield
    finally:
        timer.cancel()
