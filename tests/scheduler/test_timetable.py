"""The schedules of the platform."""

from dataclasses import replace

import pytest

from callboard.history.database import reading, writing
from callboard.history.schedules import get_schedule, list_schedules, put_schedule
from callboard.jobs.schedule import Schedule, checked
from scheduler.services import Services
from scheduler.timetable import TIMETABLE, Put, init_timetable
from tests.callboard.history.timetables import Desk
from tests.platform_board import actors as platform


@pytest.mark.parametrize("schedule", TIMETABLE, ids=lambda schedule: schedule.name)
def test_a_schedule_of_the_platform_can_be(schedule: Schedule) -> None:
    assert checked(schedule) == schedule
    assert schedule.source == "code"


# S2.36
def test_the_timetable_holds_what_the_platform_did_before() -> None:
    cron = {schedule.type: schedule.words for schedule in TIMETABLE}
    assert cron == {
        "daily_report": "At 06:00 every day, UTC",
        "weekly_digest": "At 07:00 on Monday, UTC",
        "monthly_analytics": "At 05:00 on the first day of every month, UTC",
        "system_health_check": "At the start of every hour, UTC",
    }


# S2.36
def test_every_schedule_of_the_timetable_is_active_for_the_platform_has_its_type(services: Services) -> None:
    made = init_timetable(replace(services, types=dict(platform.broker.actors)))
    assert made == [Put(schedule.name, "created", None) for schedule in TIMETABLE]
    with reading(services.engine) as session:
        assert [status.rests for status in list_schedules(session)] == [False] * len(TIMETABLE)


# S2.17
def test_it_is_made_once_and_what_somebody_changed_is_kept(services: Services, desk: Desk) -> None:
    timetable = (Schedule("a", "report", "@daily"), Schedule("b", "report", "@daily"))
    assert [put.result for put in init_timetable(services, timetable)] == ["created", "created"]
    assert [put.result for put in init_timetable(services, timetable)] == ["unchanged", "unchanged"]
    with writing(desk.engine) as session:
        put_schedule(session, Schedule("a", "report", "@hourly", source="api"), desk.now)
    assert [put.result for put in init_timetable(services, timetable)] == ["kept", "unchanged"]
    with reading(desk.engine) as session:
        assert get_schedule(session, "a").schedule.cron == "@hourly"


def test_a_type_that_is_not_there_yet_disables_its_schedule_and_nothing_else(services: Services, desk: Desk) -> None:
    made = init_timetable(services, (Schedule("a", "later", "@daily"), Schedule("b", "report", "@daily")))
    reason = 'type "later" is not declared by the job modules of this release'
    assert made == [Put("a", "created", reason), Put("b", "created", None)]
    with reading(desk.engine) as session:
        assert [status.rests for status in list_schedules(session)] == [True, False]
    desk.types["later"] = desk.types["report"]
    init_timetable(services, (Schedule("a", "later", "@daily"),))
    assert not desk.status("a").rests
