"""APScheduler as an alarm clock: it wakes the duties; what is due is decided by the server's clock, in SQL."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

from scheduler.duty import Duty
from scheduler.services import Services
from scheduler.ticks import Tick

log = logging.getLogger("callboard.scheduler")

# A step of this machine's clock by more than so many seconds is answered by looking at everything.
STEP: Final = 0.5
# A duty that ends must be seen to have ended before it is begun again.
SOONEST: Final = 0.02


class Every(BaseTrigger):
    """Due once a period, counted from now: a machine that was asleep makes nothing up."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """When to wake up next, by this machine's clock; the first time at once."""
        return now + timedelta(seconds=self.seconds if previous_fire_time else 0.0)


class AlarmClock:
    """Wakes each duty once its period, or when it asked to be woken; none runs twice at once in this process."""

    def __init__(self, services: Services, ticks: Sequence[Tick]) -> None:
        self.duties = {tick.name: Duty(tick, services) for tick in ticks}
        # A slow duty is skipped until it has ended, which is nothing to warn of.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(len(ticks))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for tick in ticks:
            self._scheduler.add_job(partial(self._do, tick.name), Every(tick.every), id=tick.name)
        self._drift = _drift()

    def start(self) -> None:
        """Begin, in threads of its own."""
        self._scheduler.start()

    def watch(self) -> None:
        """Look at everything if this machine's clock was stepped, for alarms set by it come late; call it often."""
        drift = _drift()
        if abs(drift - self._drift) > STEP:
            log.warning("the clock of this machine was stepped by %.1f s", drift - self._drift)
            self._drift = drift
            for name in self.duties:
                self._wake(name, 0.0)

    def stop(self, seconds: float) -> bool:
        """Wake nobody any more and wait for those at work; whether all have ended in time."""
        self._scheduler.shutdown(wait=False)
        deadline = time.monotonic() + seconds
        return all(duty.ended(deadline - time.monotonic()) for duty in self.duties.values())

    def _do(self, name: str) -> None:
        wait = self.duties[name].do()
        if wait is not None and wait < self.duties[name].tick.every:
            self._wake(name, max(wait, SOONEST))

    def _wake(self, name: str, seconds: float) -> None:
        if self._scheduler.running:
            self._scheduler.modify_job(name, next_run_time=datetime.now(UTC) + timedelta(seconds=seconds))


def _drift() -> float:
    return time.time() - time.monotonic()
