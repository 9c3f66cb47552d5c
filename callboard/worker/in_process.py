"""Run a worker inside this process: for development, for tests, and where one process must be enough."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from dramatiq.worker import Worker

from callboard.broker.broker import CallboardBroker, broker_of_process
from callboard.jobs.errors import CallboardError

__all__ = ["AlreadyWorking", "Worker", "broker_of_process", "start_worker", "stop_worker"]

POLL_MS: Final = 250


class AlreadyWorking(CallboardError):
    """Raised when a second worker is to be started in a process: leases and free threads are counted for one."""


def start_worker(broker: CallboardBroker, *, queues: set[str] | None = None, threads: int = 5) -> Worker:
    """Start the threads of a worker here, for some queues or all; production runs `dramatiq` processes instead.

    Raises AlreadyWorking when this process has a worker, ConnectionLost when the server does not answer.
    """
    if broker.exchange is not None:
        raise AlreadyWorking("this process has a worker already; stop it first, or start further ones as processes")
    broker.store.now_ms()  # a server that does not answer is an error here, and not a line in the log of a thread
    worker = Worker(broker, queues=queues, worker_threads=threads, worker_timeout=POLL_MS)
    worker.start()
    return worker


def stop_worker(worker: Worker, patience: timedelta = timedelta(seconds=30)) -> None:
    """Stop a worker of this process: what runs may end within `patience`, everything else is handed back."""
    broker = worker.broker
    assert isinstance(broker, CallboardBroker)
    worker.stop(timeout=round(patience.total_seconds() * 1000))
    if broker.exchange is not None:
        broker.exchange.close()
        broker.exchange = None
