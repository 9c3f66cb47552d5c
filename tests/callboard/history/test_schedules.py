"""Schedules in SQL: put there, changed, held, removed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from callboard.history.database import reading, writing
from callboard.history.errors import ScheduleMissing, SchedulePassed
from callboard.history.schedules import (
    clear_schedules,
    find_schedule,
    get_schedule,
    list_schedules,
    put_from_code,
    put_schedule,
    remove_schedule,
)
from callboard.history.schedules_hold import pause_schedule, resume_schedule, skip_next
from callboard.jobs.clock import to_ms
from callboard.jobs.schedule import BadSchedule, Schedule

NOON = datetime(2026, 3, 28, 12, tzinfo=UTC)
NOW_MS = to_ms(NOON)
DAY = timedelta(days=1)
WHOLE = Schedule(
    "nightly",
    "daily_report",
    "30 2 * * *",
    zone="Europe/Berlin",
    queue="reports",
    args=(1, "two"),
    kwargs={"days": 3},
    options={"priority": "high", "meta": {"a": 1}},
    on_missed="all",
    cap=7,
    overlap="skip",
    source="api",
)


def put(engine: Engine, schedule: Schedule = WHOLE, now_ms: int = NOW_MS) -> str:
    with writing(engine) as session:
        return put_schedule(session, schedule, now_ms)


def next_at(engine: Engine, name: str = "nightly") -> datetime | None:
    with reading(engine) as session:
        return get_schedule(session, name).next_at


def test_a_schedule_comes_back_as_it_was_put(database: Engine) -> None:
    assert put(database) == "created"
    with reading(database) as session:
        found = get_schedule(session, "nightly")
    assert found.schedule == WHOLE
    assert found.next_at == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert (found.fired, found.passed, found.rests, found.created_at) == (0, 0, False, NOON)


def test_of_many_that_put_it_there_at_once_one_creates_it(database: Engine) -> None:
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(lambda _: put(database), range(5)))
    assert set(answers) <= {"created", "unchanged"}
    with reading(database) as session:
        assert [status.schedule for status in list_schedules(session)] == [WHOLE]


def test_only_a_change_of_its_times_moves_the_next_one(database: Engine) -> None:
    put(database)
    before = next_at(database)
    assert put(database, now_ms=NOW_MS + 1) == "unchanged"
    assert (
        put(database, Schedule("nightly", "other", "30 2 * * *", zone="Europe/Berlin"), to_ms(NOON + DAY)) == "changed"
    )
    assert next_at(database) == before
    put(database, Schedule("nightly", "other", "30 3 * * *", zone="Europe/Berlin"))
    assert next_at(database) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_single_time_may_lie_in_the_past(database: Engine) -> None:
    put(database, Schedule("once", "report", run_at=NOON - DAY))
    assert next_at(database, "once") == NOON - DAY


def test_what_cannot_be_is_refused_and_nothing_kept(database: Engine) -> None:
    with pytest.raises(BadSchedule):
        put(database, Schedule("bad", "report", "30 2 31 2 *"))
    with pytest.raises(BadSchedule, match="CALLBOARD_SCHEDULE_SECONDS"):
        put(database, Schedule("bad", "report", "* * * * * *"))
    with reading(database) as session:
        assert list_schedules(session) == []


def test_schedules_are_listed_by_name_and_removed(database: Engine) -> None:
    for name in ("b", "a", "c"):
        put(database, Schedule(name, "report", "@daily"))
    with writing(database) as session:
        remove_schedule(session, "b")
        assert [status.schedule.name for status in list_schedules(session)] == ["a", "c"]
        with pytest.raises(ScheduleMissing, match='"b" is unknown'):
            remove_schedule(session, "b")
    # S2.17
    with writing(database) as session:
        assert clear_schedules(session) == 2
    with reading(database) as session:
        assert find_schedule(session, "a") is None


def test_a_schedule_of_the_code_leaves_alone_what_somebody_has_changed(database: Engine) -> None:
    of_code = Schedule("nightly", "report", "@daily")
    with writing(database) as session:
        assert put_from_code(session, of_code, NOW_MS) == "created"
        assert put_from_code(session, of_code, NOW_MS) == "unchanged"
        assert put_from_code(session, Schedule("nightly", "report", "@hourly"), NOW_MS) == "changed"
        put_schedule(session, Schedule("nightly", "report", "@weekly", source="api"), NOW_MS)
        assert put_from_code(session, of_code, NOW_MS) == "kept"
        assert get_schedule(session, "nightly").schedule.cron == "@weekly"


def test_a_pause_says_by_whom_and_why_and_stays_through_changes(database: Engine) -> None:
    put(database)
    with writing(database) as session:
        pause_schedule(session, "nightly", NOW_MS, by="ada", note="the disk is full")
    put(database, Schedule("nightly", "other", "@daily"))
    with reading(database) as session:
        found = get_schedule(session, "nightly")
    assert (found.paused_at, found.paused_by, found.pause_note, found.rests) == (NOON, "ada", "the disk is full", True)


def test_after_a_pause_it_goes_on_with_the_next_time_to_come(database: Engine) -> None:
    put(database)
    with writing(database) as session:
        pause_schedule(session, "nightly", NOW_MS, by="ada")
        resume_schedule(session, "nightly", to_ms(NOON + 10 * DAY))
    assert next_at(database) == datetime(2026, 4, 8, 0, 30, tzinfo=UTC)
    with reading(database) as session:
        assert not get_schedule(session, "nightly").rests


def test_a_single_time_that_passed_in_a_pause_is_still_to_come(database: Engine) -> None:
    put(database, Schedule("once", "report", run_at=NOON))
    with writing(database) as session:
        pause_schedule(session, "once", NOW_MS, by="ada")
        resume_schedule(session, "once", to_ms(NOON + DAY))
    assert next_at(database, "once") == NOON


def test_the_next_time_may_be_left_out(database: Engine) -> None:
    put(database)
    with writing(database) as session:
        assert skip_next(session, "nightly") == to_ms(datetime(2026, 3, 29, 1, 0, tzinfo=UTC))
    assert next_at(database) == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)
    put(database, Schedule("once", "report", run_at=NOON + DAY))
    with writing(database) as session:
        skip_next(session, "once")
        with pytest.raises(SchedulePassed):
            skip_next(session, "once")
