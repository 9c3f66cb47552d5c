"""Gives a worker process its exchange: fetches never exceed its free threads, over all its queues together."""

from __future__ import annotations

import os
import socket
from typing import Any, Final

from dramatiq.middleware import Middleware
from dramatiq.worker import Worker

from callboard.broker.exchange import Exchange
from callboard.jobs.identity import new_id

# How often an idle thread looks whether its worker stops; it waits on a queue in memory, so this costs nothing.
THREADS_LOOK_MS: Final = 250


def worker_name() -> str:
    """A name for this worker process that no other has: host, pid and a random end."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{new_id()[-6:].lower()}"


class Slots(Middleware):
    """Opens the exchange when a worker boots and puts its plain work queue in place of Dramatiq's priority queue."""

    def __init__(self, lease_ms: int) -> None:
        self.lease_ms = lease_ms

    def before_worker_boot(self, broker: Any, worker: Worker) -> None:
        """Before the threads start, for they take the queue with them."""
        exchange = Exchange(broker.links, worker_name(), self.lease_ms, broker.actors.__contains__)
        exchange.threads = worker.worker_threads
        exchange.vouching.doubt()  # it is a server that we have not met yet
        # All of them before the first consumer runs: it would wait for work of those only that it knows by then.
        wanted = worker.consumer_whitelist
        exchange.queues = sorted(q for q in broker.get_declared_queues() if not wanted or q in wanted)
        exchange.coming = set(exchange.queues)
        worker.worker_timeout = THREADS_LOOK_MS
        worker.work_queue = exchange.work  # type: ignore[assignment]
        broker.exchange = exchange
