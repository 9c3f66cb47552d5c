"""The recurring duties of the schedulers in one table; each may be done by several of them, and fail, at any time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from callboard.broker.scheduled import objection
from callboard.history.answers import forget_answers
from callboard.history.database import reading, writing
from callboard.history.firings import forget_firings
from callboard.history.outbox_relay import relay
from callboard.history.retention import BATCH as RETENTION_BATCH
from callboard.history.retention import Keep, forget_history
from callboard.history.schedules import list_schedules
from callboard.history.schedules_due import decide_due, next_due_ms
from callboard.history.schedules_hold import enable_schedule
from callboard.history.schedules_push import push_due
from callboard.jobs.schedule import BadSchedule, Schedule, checked
from scheduler.notifying import check_conditions, forget_old_notices, notify
from scheduler.services import Services

log = logging.getLogger("callboard.scheduler")

DAY_MS: Final = 86_400_000
KEEP_FIRINGS_MS: Final = 90 * DAY_MS


@dataclass(frozen=True, slots=True)
class Tick:
    """A duty, in seconds from one time to the next; `alone` is done by one scheduler at a time, once in its period.

    What it returns, if anything, is the seconds after which it wishes to be done again, sooner than that.
    """

    name: str
    every: float
    do: Callable[[Services], float | None]
    alone: bool = False


def fire(services: Services) -> float | None:
    """Make the jobs of what is due, and of what was decided before and could not be pushed; the seconds to the next."""
    now_ms = services.clock.now_ms()
    decide_due(services.engine, now_ms, services.types.__contains__)
    push_due(services.engine, services.client, services.types, now_ms)
    next_ms = next_due_ms(services.engine)
    return None if next_ms is None else (next_ms - services.clock.now_ms()) / 1000


def relay_outbox(services: Services) -> None:
    """Push what callers have committed with their own transactions."""
    relay(services.engine, services.client)


def bring_back(services: Services) -> None:
    """Enable schedules of which jobs can be made again."""
    with reading(services.engine) as session:
        disabled = [status.schedule for status in list_schedules(session) if status.disabled]
    for schedule in disabled:
        if _objection(services, schedule) is None:
            with writing(services.engine) as session:
                enable_schedule(session, schedule.name, services.clock.now_ms())
            log.info("schedule %s is enabled again", schedule.name)


def _objection(services: Services, schedule: Schedule) -> str | None:
    try:
        return objection(services.types.get(schedule.type), checked(schedule))
    except BadSchedule as error:
        return str(error)


def forget_old_firings(services: Services) -> None:
    """Forget the list of firings behind the time that it is kept."""
    before_ms = services.clock.now_ms() - KEEP_FIRINGS_MS
    while forget_firings(services.engine, before_ms) and not services.stopping.is_set():
        pass


def forget_old_history(services: Services) -> None:
    """Forget what the history is set to keep no longer, in small batches until nothing is left of it."""
    settings = services.settings
    keep, now_ms = Keep(settings.history_age, settings.history_jobs), services.clock.now_ms()
    while forget_history(services.engine, keep, now_ms) >= RETENTION_BATCH and not services.stopping.is_set():
        pass


def forget_old_answers(services: Services) -> None:
    """Forget the answers of the API that are given again only for a day."""
    with writing(services.engine) as session:
        forget_answers(session, services.clock.now_ms())


def reconcile(services: Services) -> None:
    """Let Redis and SQL say the same again; the reconciler itself sees to it that one is at work, once a minute."""
    services.reconciler.round()


TICKS: Final = (
    Tick("fire", 1.0, fire),
    # A caller who commits waits for the worker no longer than for a job that was enqueued without a transaction.
    Tick("outbox", 0.5, relay_outbox),
    Tick("enable", 5.0, bring_back),
    # Oftener than its rounds, for it sees at once when Redis has lost its data.
    Tick("reconcile", 5.0, reconcile),
    Tick("notify", 1.0, notify),
    Tick("conditions", 15.0, check_conditions, alone=True),
    Tick("retention", 60.0, forget_old_history, alone=True),
    Tick("notices", 3600.0, forget_old_notices, alone=True),
    Tick("firings", 3600.0, forget_old_firings, alone=True),
    Tick("answers", 3600.0, forget_old_answers, alone=True),
)
