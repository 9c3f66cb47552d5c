"""The test board: a broker's jobs on an empty part of a real server, run, looked at and timed by the test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, Unpack

from dramatiq.message import Message

from callboard.broker.broker import CallboardBroker
from callboard.broker.policies import call_of
from callboard.broker.stream import Event
from callboard.jobs.encoding import encode
from callboard.jobs.record import Job
from callboard.testing.clock import HeldClock
from callboard.testing.drain import drain
from callboard.testing.errors import BoardError, JobFailed, require_own
from callboard.testing.in_children import children_of
from callboard.testing.ran import Drained, Ran
from callboard.testing.runner import Runner
from callboard.testing.walks import put
from callboard.testing.wanted import Conditions, Found, explain, found, matching, wanted

# A queue of its own, so that neither limits nor other jobs stand before a body that is to run now.
ALONE: Final = "test-alone"
ENQUEUED: Final = ("waiting", "delayed", "blocked")
EVERY: Final = 1_000_000


class Board:
    """Everything that a test does with jobs; made by `open_board` or by the fixture `callboard_board`."""

    def __init__(self, broker: CallboardBroker) -> None:
        self.broker = broker
        self.client = broker.client
        self.control = broker.control
        self.store = broker.store
        self._clock = HeldClock(broker.links)
        self._runner = Runner(broker)

    # -- running

    @property
    def last(self) -> Ran:
        """The attempt that was run last. Raises BoardError before the first."""
        if self._runner.last is None:
            raise BoardError("no attempt was run on this board yet")
        return self._runner.last

    def run(self, actor: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Run one body now, checked and with all middleware, and return its result; `last` tells the rest.

        Raises what the body raised, InvalidArguments, JobFailed.
        """
        return self.run_with_options(actor, args=args, kwargs=kwargs)

    def run_with_options(
        self,
        actor: Any,
        *,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
        checkpoint: Any = None,
        attempt: int = 1,
        **options: Any,
    ) -> Any:
        """As `run`, as if earlier attempts had been made and had left a checkpoint; options are those of a message."""
        require_own(self.broker, actor)
        call = call_of(actor.message_with_options(args=args, kwargs=kwargs or {}, **options), actor)
        policy = replace(call.policy, limits=(), unique=None, fairness=None)
        self.client.enqueue(call.named(queue=ALONE, policy=policy, delay=0.0, run_at=None))
        fetched, _ = self._runner.fetch([ALONE])
        assert fetched is not None
        fetched.attempt = attempt
        fetched.checkpoint_json = None if checkpoint is None else encode(checkpoint, f"checkpoint of {call.type}")
        ran = self._runner.run(fetched)
        self.client.cancel(call.id)  # where another attempt would follow
        if ran.ended == "completed":
            return ran.result
        raise ran.error or JobFailed(f"{call.type} ended without a result: {ran.outcome}")

    def drain(
        self,
        queue: str | None = None,
        *,
        with_delayed: bool = False,
        limit: int | None = None,
        fail_fast: bool = True,
    ) -> Drained:
        """Run all jobs of a queue, or of all queues, that are due, and those that they enqueue, one after the other.

        Queues come in the order of their names, jobs of a queue in the order in which workers would start them.
        With `with_delayed` the clock is moved to whatever is due next until nothing is left. After `limit` attempts
        it stops.

        Raises the exception of a body whose job has failed, or waits for another attempt that is not made here;
        `fail_fast=False` only counts it. Raises JobFailed where a job failed without an exception, DrainUnfinished
        after more than 1,000 attempts without a limit.
        """
        for declared in self.broker.declared.values():
            self.control.declare(declared)  # as a worker does when it boots: from now on the limits hold
        queues = self.store.queues if queue is None else lambda: [queue]
        return drain(self._runner, queues, self._clock if with_delayed else None, limit, fail_fast)

    @contextmanager
    def children(self) -> Iterator[None]:
        """Within a block, run isolated types in child processes as a worker does; it takes a second or more.

        Their modules are imported anew there and must call `set_up()` without an address. The clock of the board is
        not held in them.
        """
        with children_of(self.broker.links):
            self._runner.in_children = True
            try:
                yield
            finally:
                self._runner.in_children = False

    # -- time

    @property
    def now(self) -> datetime:
        """The time on the board."""
        return self._clock.now

    def freeze(self, at: datetime) -> datetime:
        """Set the clock; it stands still there. Raises ValueError for a time without a zone."""
        return self._clock.freeze(at)

    def advance(self, **by: float) -> datetime:
        """Let time pass: `advance(minutes=5)`, in the words of timedelta. Raises ValueError where it runs backwards."""
        return self._clock.advance(timedelta(**by))

    def thaw(self) -> None:
        """Let the clock run, for tests that start a worker of their own."""
        self._clock.thaw()

    # -- looking

    def all_enqueued(self, actor: Any = None, **conditions: Unpack[Conditions]) -> list[Job]:
        """The jobs that are enqueued and do not run, oldest first: waiting, delayed or blocked."""
        return matching(wanted(actor, conditions), self._enqueued())

    def assert_enqueued(
        self, actor: Any = None, *, count: int | None = None, **conditions: Unpack[Conditions]
    ) -> list[Job]:
        """Check that such a job is enqueued, or exactly `count`, and return them. Raises AssertionError."""
        __tracebackhide__ = True
        asked, board = wanted(actor, conditions), self._enqueued()
        jobs = matching(asked, board)
        if not jobs if count is None else len(jobs) != count:
            raise AssertionError(explain("a job" if count is None else f"{count} jobs, got {len(jobs)}:", asked, board))
        return jobs

    def refute_enqueued(self, actor: Any = None, **conditions: Unpack[Conditions]) -> None:
        """Check that no such job is enqueued. Raises AssertionError."""
        __tracebackhide__ = True
        asked, board = wanted(actor, conditions), self._enqueued()
        if matching(asked, board):
            raise AssertionError(explain("no", asked, board))

    def _enqueued(self) -> list[Found]:
        store, actors = self.store, self.broker.actors
        pages = [store.page(queue, state, 0, EVERY) for queue in store.queues() for state in ENQUEUED]
        jobs = sorted((job for page in pages for job in page), key=lambda job: job.id)
        return [found(job, actors.get(job.type)) for job in jobs]

    def job(self, job: str | Message[Any] | Ran) -> Job:
        """The record of a job. Raises JobMissing."""
        if isinstance(job, str):
            return self.store.get(job)
        return self.store.get(job.id if isinstance(job, Ran) else job.message_id)

    def job_in(self, state: str, actor: Any, /, *args: Any, **kwargs: Any) -> Job:
        """A new job in this state, whose body has not run, for tests of what shows or handles jobs.

        Raises ValueError for a state that is none, BoardError where its queue is paused or its limits are reached.
        """
        require_own(self.broker, actor)
        return self.store.get(put(self._runner, state, actor, args, kwargs))

    def events(self) -> list[Event]:
        """All that has happened on the board, in order; their times are those of the machine."""
        return self._runner.events("0-0")

    @contextmanager
    def capture_events(self) -> Iterator[list[Event]]:
        """A list that holds, when the block is over, all that happened in it."""
        captured: list[Event] = []
        before = self._runner.latest()
        yield captured
        captured += self._runner.events(before)

    def close(self) -> None:
        """Close the connections that are the board's own."""
        self._runner.close()
