"""Do a duty so that its failure stays its own: logged in measure, and tried again at the next time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final

from callboard.history.ticks import leave_tick, take_tick
from callboard.jobs.errors import classify
from scheduler.services import Services
from scheduler.ticks import Tick

log = logging.getLogger("callboard.scheduler")

COMPLAIN_EVERY: Final = 10.0


class Duty:
    """One row of the table of ticks in this process, and what is remembered of its failures."""

    def __init__(self, tick: Tick, services: Services, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.tick = tick
        self._services = services
        self._monotonic = monotonic
        self._at_work = threading.Lock()
        self._failing_since: float | None = None
        self._failures = 0
        self._told_at = 0.0

    def do(self) -> float | None:
        """Do it once, unless another scheduler does or has done it; the seconds after which to come again, if it says.

        Never raises.
        """
        with self._at_work:
            try:
                wait = self._do_alone() if self.tick.alone else self.tick.do(self._services)
            except Exception as error:  # noqa: BLE001 - the outermost place of this duty; the others go on
                self._complain(error)
                return None
            self._recover()
            return wait

    def ended(self, seconds: float) -> bool:
        """Wait so long for it to end if it is at work; whether it is not."""
        free = self._at_work.acquire(timeout=max(seconds, 0.0))
        if free:
            self._at_work.release()
        return free

    def _do_alone(self) -> float | None:
        services, tick = self._services, self.tick
        began_ms = services.clock.now_ms()
        if not take_tick(services.engine, tick.name, services.name, began_ms, round(tick.every * 1000)):
            return None
        failure = None
        try:
            return tick.do(services)
        except Exception as error:
            failure = f"{type(error).__name__}: {error}"
            raise
        finally:
            now_ms = services.clock.now_ms()
            took_ms = max(0, now_ms - began_ms)
            leave_tick(services.engine, tick.name, services.name, now_ms, took_ms=took_ms, failure=failure)

    def _complain(self, error: Exception) -> None:
        now = self._monotonic()
        self._failures += 1
        if self._failing_since is None:
            self._failing_since = now
        elif now - self._told_at < COMPLAIN_EVERY:
            return
        self._told_at = now
        # A server that is away explains itself; a bug of ours does not.
        trace = error if classify(error) == "bug" else None
        words = str(error).partition("\n")[0]
        log.error(
            "%s failed (%d x): %s: %s", self.tick.name, self._failures, type(error).__name__, words, exc_info=trace
        )

    def _recover(self) -> None:
        if self._failing_since is not None:
            lasted = self._monotonic() - self._failing_since
            log.warning("%s works again after %.1f s and %d failures", self.tick.name, lasted, self._failures)
            self._failing_since, self._failures = None, 0
