"""Stopping a worker: fetch no more, hand back what has not started, wait for the rest, hand back what does not end."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from typing import Any, Final

from dramatiq.middleware import Middleware

from callboard.broker.broker import CallboardBroker
from callboard.broker.exchange import Exchange
from callboard.jobs.outcome import Release
from callboard.worker.isolation import close_children
from callboard.worker.leases import Leases

FLUSH_PATIENCE: Final = 0.8
# The end of the grace is for handing back: Dramatiq's parent process takes up to a second more to notice.
HANDING_BACK: Final = 0.25
log = logging.getLogger("callboard.shutdown")


class Shutdown(Middleware):
    """Begins at the signal itself, for Dramatiq looks at it only once a second; ends within the grace."""

    def __init__(self, grace: float, leases: Leases) -> None:
        self.grace = grace
        self.leases = leases
        self._broker: CallboardBroker | None = None
        self._begun = threading.Lock()
        self._signals = 0

    def after_process_boot(self, broker: Any) -> None:
        """Hear the signals that stop this process before Dramatiq does."""
        self._broker = broker
        for number in (signal.SIGTERM, signal.SIGHUP):
            inner = signal.getsignal(number)
            if callable(inner):
                signal.signal(number, self._hearing(inner))

    def _hearing(self, inner: Any) -> Any:
        def handler(number: int, frame: Any) -> None:
            self._signals += 1
            exchange = self._broker.exchange if self._broker else None
            if exchange and self._signals == 1:
                threading.Thread(target=self._wind_down, args=(exchange,), daemon=True).start()
            elif exchange:
                give_up(exchange)
            inner(number, frame)

        return handler

    def before_worker_shutdown(self, broker: Any, worker: Any) -> None:
        """The same for a worker that is stopped from code and not by a signal."""
        stop_fetching(broker.exchange)

    def _wind_down(self, exchange: Exchange) -> None:
        deadline = time.monotonic() + max(self.grace - HANDING_BACK, 0.0)
        stop_fetching(exchange)
        while exchange.held and time.monotonic() < deadline:
            time.sleep(0.02)
        if exchange.held:
            give_up(exchange)
            # Threads cannot be ended and Dramatiq would wait for them; all they held is handed back.
            if multiprocessing.parent_process() is not None:
                close_children()
                self.leases.stop()
                os._exit(0)

    def after_worker_shutdown(self, broker: Any, worker: Any) -> None:
        """Threads have ended or are given up by Dramatiq: hand back what is left, write all that is unwritten."""
        give_up(broker.exchange)
        close_children()


def stop_fetching(exchange: Exchange | None) -> None:
    """Fetch no more, and hand back at once what no thread has started."""
    if exchange and not exchange.stopping:
        exchange.stopping = True
        exchange.hand_back(exchange.work.take_all())


def give_up(exchange: Exchange | None) -> None:
    """Hand back what still runs, its attempt not spent; what the bodies still return is refused."""
    if exchange is None:
        return
    running = [attempt for attempt in list(exchange.held.values()) if attempt.outcome is None]
    for attempt in running:
        with attempt.guard:
            attempt.stop = attempt.lost = True
            attempt.outcome = Release(0.0, "")
        exchange.conclude(attempt)
    if running:
        log.warning("%d jobs did not end within the grace and are handed back", len(running))
    if not exchange.flush(FLUSH_PATIENCE):
        log.error("%d outcomes could not be written; their jobs run again when the leases run out", len(exchange.held))
