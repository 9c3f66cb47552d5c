"""Starts the keeper of a worker process once its threads run, and stops it last."""

from __future__ import annotations

import os
import platform
import socket
from typing import Any

from dramatiq.middleware import Middleware

from callboard import __version__
from callboard.broker.broker import CallboardBroker
from callboard.worker.interrupts import Interrupts
from callboard.worker.keeper import Keeper


class Leases(Middleware):
    """Owns the keeper."""

    def __init__(self, max_crashes: int) -> None:
        self.max_crashes = max_crashes
        self.keeper: Keeper | None = None

    def after_worker_boot(self, broker: CallboardBroker, worker: Any) -> None:
        """The exchange is there by now, and the queues are known."""
        exchange = broker.exchange
        assert exchange is not None
        exchange.queues = sorted(worker.consumers)
        for queue in broker.declared.values():
            broker.control.declare(queue)
        interrupts = Interrupts(exchange, self.max_crashes, worker._add_worker)
        about = {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "threads": exchange.threads,
            "types": sorted(broker.actors),
            "queues": exchange.queues,
            "version": __version__,
            "python": platform.python_version(),
        }
        self.keeper = Keeper(exchange, broker.control, interrupts, self.max_crashes, about)
        self.keeper.start()

    def after_worker_shutdown(self, broker: CallboardBroker, worker: Any) -> None:
        """Called after what was left has been handed back, for after-hooks run in reverse order."""
        self.stop()

    def stop(self) -> None:
        """Stop the keeper and take the worker off the list; safe to repeat."""
        if self.keeper:
            self.keeper.stop()
            self.keeper = None
