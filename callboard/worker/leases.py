"""Starts the keeper of a worker process once its threads run, and stops it last."""

from __future__ import annotations

import logging
import os
import platform
import socket
import sys
from functools import partial
from typing import Any, Final

from dramatiq.middleware import Middleware

from callboard import __version__
from callboard.broker.errors import ConnectionLost, UnsafeRedis
from callboard.broker.exchange import Exchange
from callboard.broker.startup import require_safe
from callboard.worker import place
from callboard.worker.interrupts import Interrupts
from callboard.worker.keeper import Keeper

UNSAFE_EXIT: Final = 78  # EX_CONFIG of sysexits.h: a supervisor need not try again
log = logging.getLogger("callboard.leases")


class Leases(Middleware):
    """Owns the keeper."""

    def __init__(self, max_crashes: int, allow_unsafe: bool = False) -> None:
        self.max_crashes = max_crashes
        self.allow_unsafe = allow_unsafe
        self.keeper: Keeper | None = None

    def before_worker_boot(self, broker: Any, worker: Any) -> None:
        """Look at the server first: one that could lose accepted jobs is refused, unless told otherwise."""
        try:
            for finding in require_safe(broker.links, self.allow_unsafe):
                log.warning("%s is %s, as allowed; better: %s", finding.name, finding.found, finding.fix)
        except ConnectionLost as error:
            log.warning("the server could not be looked at, it does not answer: %s", error)
        except UnsafeRedis as error:
            log.critical("%s", error)
            sys.exit(UNSAFE_EXIT)

    def after_worker_boot(self, broker: Any, worker: Any) -> None:
        """The exchange is there by now, and the queues are known."""
        exchange = broker.exchange
        assert exchange is not None
        queues = list(broker.declared.values())
        for queue in queues:
            broker.control.declare(queue)
        interrupts = Interrupts(exchange, self.max_crashes, partial(replace_thread, worker))
        about = {
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "threads": exchange.threads,
            "lease_ms": exchange.lease_ms,
            "restarts": place.restarts,
            "types": sorted(broker.actors),
            "queues": exchange.queues,
            "version": __version__,
            "python": platform.python_version(),
        }
        mend = partial(mend_threads, worker, exchange)
        self.keeper = Keeper(exchange, broker.control, interrupts, self.max_crashes, about, queues=queues, mend=mend)
        self.keeper.start()

    def after_worker_shutdown(self, broker: Any, worker: Any) -> None:
        """Called after what was left has been handed back, for after-hooks run in reverse order."""
        self.stop()

    def stop(self) -> None:
        """Stop the keeper and take the worker off the list; safe to repeat."""
        if self.keeper:
            self.keeper.stop()
            self.keeper = None


def replace_thread(worker: Any, thread: int) -> None:
    """Start a thread in place of one whose body does not stop; that one ends with its body, and is not waited for."""
    replaced = [one for one in worker.workers if one.ident == thread]
    worker.workers = [one for one in worker.workers if one not in replaced]
    for one in replaced:
        one.stop()
    worker._add_worker()  # noqa: SLF001 - Dramatiq has no public way to add a thread


def mend_threads(worker: Any, exchange: Exchange) -> None:
    """Start threads in place of those that have died: a body may be interrupted just as Dramatiq puts it away."""
    if exchange.stopping:
        return
    dead = [one for one in worker.workers if one.running and not one.is_alive()]
    worker.workers = [one for one in worker.workers if one not in dead]
    for _ in dead:
        log.error("a thread of this worker has died, another one takes its place")
        worker._add_worker()  # noqa: SLF001 - Dramatiq has no public way to add a thread
