"""A broker of its own with a worker in this process, for the types that a test module declares."""

import itertools
import logging
from collections.abc import Callable, Iterator
from typing import Any

import dramatiq
import pytest
from dramatiq.message import Message

from callboard.broker import consumer
from callboard.broker.broker import CallboardBroker
from callboard.jobs.policy import Queue
from callboard.jobs.record import Job
from callboard.jobs.settings import load_settings
from callboard.jobs.states import FINAL
from callboard.worker.in_process import Worker, start_worker, stop_worker
from callboard.worker.job import job
from callboard.worker.setup import set_up
from tests.waiting import wait_until

stages = itertools.count(1)
QUEUE = Queue("stage")


class Stage:
    """Declares types, starts the worker at the first job, and waits for what becomes of jobs."""

    def __init__(self, url: str, threads: int = 4) -> None:
        environ = {"CALLBOARD_PREFIX": f"{{stage-{next(stages)}}}", "CALLBOARD_LEASE": "6s", "REDIS_URL": url}
        self.broker: CallboardBroker = set_up(url, load_settings(environ))
        self.threads = threads
        self.worker: Worker | None = None

    def job(self, body: Callable[..., Any], **options: Any) -> Any:
        """The body as a job type of the stage."""
        return job(body, queue=options.pop("queue", QUEUE), broker=self.broker, **options)

    def actor(self, body: Callable[..., Any], **options: Any) -> Any:
        """The body as a plain actor of Dramatiq."""
        return dramatiq.actor(broker=self.broker, **options)(body)

    def work(self) -> None:
        """Start the worker, once all types are declared."""
        self.worker = self.worker or start_worker(self.broker, threads=self.threads)

    def ended(self, message: Message[Any] | str, seconds: float = 30.0) -> Job:
        """The job of a message once it has ended."""
        self.work()
        id = message if isinstance(message, str) else message.message_id
        wait_until(lambda: self.broker.store.get(id).state in FINAL, seconds=seconds, what=f"job {id} has ended")
        return self.broker.store.get(id)

    def failures(self, job: Job) -> list[dict[str, Any]]:
        """What went wrong in the attempts of a job."""
        return [entry["failure"] for entry in self.broker.store.errors(job.id)]

    def close(self) -> None:
        """Stop the worker."""
        if self.worker:
            stop_worker(self.worker)
        self.broker.close()


@pytest.fixture
def stage(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A broker with nothing declared, and a worker that starts with the first job that is waited for."""
    monkeypatch.setattr(consumer, "SAFETY_POLL", 0.3)  # an idle worker stops no sooner than it looks up
    before = dramatiq.broker.global_broker
    logging.getLogger("dramatiq").setLevel(logging.CRITICAL)
    stage = Stage(valkey_url)
    yield stage
    stage.close()
    dramatiq.broker.global_broker = before
