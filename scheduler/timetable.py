"""The schedules of the platform; one more is one more row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from callboard.broker.scheduled import objection
from callboard.history.database import writing
from callboard.history.schedules import put_from_code
from callboard.jobs.schedule import Schedule
from scheduler.services import Services

TIMETABLE: Final = (
    Schedule("daily_report", "daily_report", "0 6 * * *"),
    Schedule("weekly_digest", "weekly_digest", "0 7 * * MON"),
    Schedule("monthly_analytics", "monthly_analytics", "0 5 1 * *"),
    # What is an hour old says nothing about health.
    Schedule("system_health_check", "system_health_check", "@hourly", on_missed="skip", overlap="skip"),
)


@dataclass(frozen=True, slots=True)
class Put:
    """What became of a schedule of the timetable: created, changed, unchanged or kept; and why it makes no jobs."""

    name: str
    result: str
    disabled: str | None


def init_timetable(services: Services, timetable: tuple[Schedule, ...] = TIMETABLE) -> list[Put]:
    """Create the schedules of the code, or bring them to what it says; those that somebody has changed are kept.

    Raises ConnectionLost, SQLAlchemyError.
    """
    now_ms = services.clock.now_ms()
    done = []
    for schedule in timetable:
        disabled = objection(services.types.get(schedule.type), schedule)
        with writing(services.engine) as session:
            result = put_from_code(session, schedule, now_ms, disabled)
        done.append(Put(schedule.name, result, disabled))
    return done
