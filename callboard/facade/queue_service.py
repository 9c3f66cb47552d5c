"""S4's queue service: one queue, a processor for each type, and the verbs of the engine under S4's names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, Final

from callboard.broker.broker import CallboardBroker
from callboard.broker.client import require
from callboard.broker.stream import Event, Stream
from callboard.facade.errors import NotInitialized, TypeTaken
from callboard.facade.job import Job
from callboard.facade.job_processor import JobProcessor
from callboard.facade.job_words import STATUS_OF, JobOptions, JobStatus, QueueStats, milliseconds, options_from
from callboard.facade.processing import run
from callboard.facade.spelling import snake
from callboard.jobs.call import Call
from callboard.jobs.policy import RETRY_PRESETS, Queue, Retention
from callboard.jobs.record import Job as Record
from callboard.jobs.states import FINAL
from callboard.worker.context import Context
from callboard.worker.in_process import Worker, broker_of_process, start_worker, stop_worker
from callboard.worker.job import job
from callboard.worker.setup import set_up

NAME: Final = "reporadar-jobs"
CONCURRENCY: Final = 5
# S4 keeps finished jobs for debugging until somebody calls `cleanup`; a year is when nobody does.
KEPT: Final = dict.fromkeys(FINAL, Retention(timedelta(days=365)))


class JobQueue:
    """A queue of jobs of several types, each with its processor; the state of every job is the store's alone."""

    def __init__(self, name: str = NAME, *, concurrency: int = CONCURRENCY) -> None:
        self.queue = Queue(name, concurrency=concurrency, retention=KEPT)
        self.processors: dict[str, JobProcessor] = {}
        self._broker: CallboardBroker | None = None
        self._own_broker = False
        self._worker: Worker | None = None

    @property
    def broker(self) -> CallboardBroker:
        """The broker below. Raises NotInitialized."""
        if self._broker is None:
            raise NotInitialized(f"queue {self.queue.name} is not initialized; call initialize() first")
        return self._broker

    def initialize(self, *, start_worker: bool = False, broker: CallboardBroker | None = None) -> None:
        """Connect, by the settings unless this process has a broker; with `start_worker`, process jobs in here too.

        Without it they are processed by `dramatiq MODULE`, where MODULE initializes the queue and registers the
        processors. Safe to repeat. Raises ConnectionLost when the server does not answer, AlreadyWorking.
        """
        if self._broker is None:
            found = broker or broker_of_process()
            self._own_broker = found is None
            self._broker = found or set_up()
            self._broker.declared[self.queue.name] = self.queue
            self._broker.declare_queue(self.queue.name)
            for type in self.processors:
                self._declare(type)
        self._broker.control.declare(self.queue)
        if start_worker and self._worker is None:
            self._start_worker()

    def _start_worker(self) -> None:
        threads = self.queue.concurrency or CONCURRENCY
        self._worker = start_worker(self.broker, queues={self.queue.name}, threads=threads)

    def register_processor(self, job_type: str, processor: JobProcessor) -> None:
        """Say what runs the jobs of a type; a later one for the same type takes its place.

        Raises TypeTaken when the type is declared for another queue, ValueError when it is not a name.
        """
        type = snake(job_type)
        if self._broker is not None:
            self._declare(type)
        self.processors[type] = processor

    def _declare(self, type: str) -> None:
        declared = self.broker.actors.get(type)
        if declared is not None:
            if declared.queue_name != self.queue.name:
                raise TypeTaken(f"type {type} is declared for queue {declared.queue_name}; choose another name")
            return

        def body(ctx: Context, data: Any) -> Any:
            return run(self.processors[type], ctx, data)

        # The retry that counts is the one of each call; this is for calls that reach the type by other ways.
        job(body, name=type, queue=self.queue, retry=RETRY_PRESETS["s4"], broker=self.broker)

    def add_job(
        self, job_type: str, data: Any = None, options: JobOptions | Mapping[str, Any] | None = None
    ) -> Job[Any]:
        """Enqueue a job; its processor may be registered in another process.

        Raises NotInitialized, ValueError for an option that does not fit, and what `Client.enqueue` raises.
        """
        chosen = options_from(options)
        call = Call(
            snake(job_type), self.queue.name, kwargs={"data": data}, policy=chosen.policy, delay=chosen.delay / 1000
        )
        self.broker.client.enqueue(call)
        return Job.of(self.broker.store.get(call.id))

    def get_job(self, job_id: str) -> Job[Any] | None:
        """The job with this id, None when this queue has none."""
        record = self._record(job_id)
        if record is None:
            return None
        failures = self.broker.store.errors(job_id) if record.attempt else []
        return Job.of(record, failures[-1]["failure"]["message"] if failures else None)

    def get_job_status(self, job_id: str) -> JobStatus | None:
        """Where a job is, None when this queue has none with this id."""
        record = self._record(job_id)
        return STATUS_OF[record.state] if record else None

    def _record(self, id: str) -> Record | None:
        record = self.broker.store.find(id)
        return record if record and record.queue == self.queue.name else None

    def cancel_job(self, job_id: str) -> None:
        """Cancel a job; one that runs is asked to stop. Raises JobMissing, or NotPossible when it is over."""
        found = self._record(job_id)
        reply = self.broker.client.cancel(job_id)[0] if found else "MISSING"
        require("cancel", job_id, reply, "CANCELLED", "CANCELLING")

    def get_stats(self) -> QueueStats:
        """How many jobs are in each state."""
        return QueueStats(**self.broker.store.counts(self.queue.name))

    def cleanup(self, older_than_ms: float) -> int:
        """Forget the jobs that were over more than so many milliseconds ago; returns how many those were."""
        grace = milliseconds(older_than_ms)
        return sum(self.broker.control.clean(self.queue.name, state, grace) for state in FINAL)

    def events(self) -> Iterator[Event]:
        """What happens to the jobs of this queue from now on, for ever: `job:progress`, `job:completed` and so on."""
        stream = Stream(self.broker.links)
        try:
            yield from (event for event in stream.follow() if event.queue == self.queue.name)
        finally:
            stream.close()

    def close(self) -> None:
        """Stop the worker of this process, letting what runs end, and disconnect; safe to repeat."""
        if self._worker is not None:
            stop_worker(self._worker)
        if self._broker is not None and self._own_broker:
            self._broker.close()
        self._broker = self._worker = None

    registerProcessor = register_processor
    addJob = add_job
    getJob = get_job
    getJobStatus = get_job_status
    cancelJob = cancel_job
    getStats = get_stats


job_queue: Final = JobQueue()
jobQueue: Final = job_queue
