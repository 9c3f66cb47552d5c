"""A schedule as data: what is refused, and how it says so."""

from datetime import UTC, datetime
from typing import Any

import pytest

from callboard.jobs.schedule import BadSchedule, Schedule, checked, refuse_seconds


def make(**given: Any) -> Schedule:
    return checked(Schedule(**{"name": "nightly", "type": "daily_report", "cron": "@daily", **given}))


# S5 of the fault matrix
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"cron": "30 2 31 2 *"}, "cron"),
        ({"cron": "* * * *"}, "cron"),
        ({"cron": None}, "cron"),
        ({"run_at": datetime(2030, 1, 1, tzinfo=UTC)}, "cron"),
        ({"cron": None, "run_at": datetime(2030, 1, 1)}, "run_at"),  # noqa: DTZ001 - a time without a zone is the case
        ({"zone": "Europe/Berln"}, "zone"),
        ({"name": ""}, "name"),
        ({"name": "a/b"}, "name"),
        ({"name": "preview"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"type": "no type!"}, "type"),
        ({"queue": "no queue!"}, "queue"),
        ({"kwargs": {"text": "x" * 300_000}}, "kwargs"),
        ({"kwargs": {"set": {1, 2}}}, "kwargs"),
        ({"options": {"delay": 5}}, "options"),
        ({"options": {"priority": "urgent"}}, "options"),
        ({"options": {"attempts": True}}, "options"),
        ({"on_missed": "sometimes"}, "on_missed"),
        ({"cap": 0}, "cap"),
        ({"cap": 10**9}, "cap"),
        ({"overlap": "maybe"}, "overlap"),
    ],
)
def test_a_schedule_that_cannot_be_is_refused_with_its_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(BadSchedule) as refused:
        make(**given)
    assert list(refused.value.fields) == [field]
    assert field in str(refused.value)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(BadSchedule) as refused:
        make(cron="61 * * * *", zone="Mars/Base", cap=0)
    assert list(refused.value.fields) == ["cron", "zone", "cap"]


def test_six_fields_are_refused_where_users_ask_for_them() -> None:
    refuse_seconds(make())
    with pytest.raises(BadSchedule, match="CALLBOARD_SCHEDULE_SECONDS"):
        refuse_seconds(make(cron="* * * * * *"))


def test_type_and_queue_may_be_spelled_freely() -> None:
    schedule = make(type="Daily-Report", queue="SCHEDULED_TASKS")
    assert (schedule.type, schedule.queue) == ("daily_report", "scheduled-tasks")


def test_it_says_in_words_when_it_is_due() -> None:
    assert make(cron="30 2 * * *", zone="Europe/Berlin").words == "At 02:30 every day, Europe/Berlin"
    once = make(cron=None, run_at=datetime(2030, 5, 4, 7, 30, tzinfo=UTC), zone="Europe/Berlin")
    assert once.words == "Once, on 2030-05-04 at 09:30:00, Europe/Berlin"
    assert Schedule("nightly", "daily_report", "whenever", zone="Mars").words == "whenever, Mars"
