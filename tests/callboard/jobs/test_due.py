"""What is due, and what becomes of times that have passed: every rule with a clock of the test's own."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from callboard.jobs.clock import from_ms, to_ms
from callboard.jobs.cron import find_zone
from callboard.jobs.due import ON_TIME_MS, Due, decide, first_due, times_between
from callboard.jobs.schedule import MOST, Schedule

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
START_MS = to_ms(datetime(2026, 1, 1, tzinfo=UTC))


def schedule(cron: str | None = "* * * * *", **options: object) -> Schedule:
    return Schedule("nightly", "add", cron, **options)  # type: ignore[arg-type]


def test_nothing_is_due_before_its_time() -> None:
    assert decide(schedule(), START_MS, START_MS - 1) == Due(next_ms=START_MS)


def test_what_is_due_is_due_at_its_very_time() -> None:
    assert decide(schedule(), START_MS, START_MS) == Due((START_MS,), next_ms=START_MS + MINUTE)


@pytest.mark.parametrize("policy", ["latest", "all", "skip"])
def test_times_that_are_met_in_time_all_count_whatever_the_policy(policy: str) -> None:
    each_second = schedule("* * * * * *", on_missed=policy)
    due = decide(each_second, START_MS, START_MS + ON_TIME_MS)
    assert due.fire == tuple(START_MS + n * 1000 for n in range(6))
    assert due.passed == 0


# S3 of the fault matrix: nobody was there for so long
@pytest.mark.parametrize(
    ("policy", "away_ms", "cron", "fires", "passed"),
    [
        ("latest", 10_000, "* * * * *", 1, 0),
        ("all", 10_000, "* * * * *", 1, 0),
        ("skip", 10_000, "* * * * *", 0, 1),
        ("latest", HOUR, "* * * * *", 1, 59),
        ("all", HOUR, "* * * * *", 60, 0),
        ("skip", HOUR, "* * * * *", 0, 60),
        ("latest", 3 * DAY, "* * * * *", 1, 4319),
        ("all", 3 * DAY, "* * * * *", 100, 4220),
        ("skip", 3 * DAY, "* * * * *", 0, 4320),
        ("latest", 3 * DAY, "@daily", 1, 2),
        ("all", 3 * DAY, "@daily", 3, 0),
        ("skip", 3 * DAY, "@daily", 0, 3),
    ],
)
def test_times_that_nobody_met_follow_the_policy(policy: str, away_ms: int, cron: str, fires: int, passed: int) -> None:
    back_ms = START_MS + away_ms - 1
    due = decide(schedule(cron, on_missed=policy), START_MS, back_ms)
    assert (len(due.fire), due.passed) == (fires, passed)
    assert due.next_ms is not None
    assert due.next_ms > back_ms
    assert list(due.fire) == sorted(due.fire)
    assert all(START_MS <= planned <= back_ms for planned in due.fire)


def test_the_latest_is_the_last_that_has_passed() -> None:
    due = decide(schedule(), START_MS, START_MS + HOUR + 30_000)
    assert (due.fire, due.last_passed_ms) == ((START_MS + HOUR,), START_MS + 59 * MINUTE)


def test_the_cap_keeps_the_newest() -> None:
    due = decide(schedule(on_missed="all", cap=2), START_MS, START_MS + HOUR)
    assert due.fire == (START_MS + 59 * MINUTE, START_MS + HOUR)
    assert due.passed == 59


def test_a_skipping_schedule_still_meets_the_time_that_has_just_come() -> None:
    due = decide(schedule(on_missed="skip"), START_MS, START_MS + HOUR + 1000)
    assert (due.fire, due.passed) == ((START_MS + HOUR,), 60)


@pytest.mark.parametrize("policy", ["latest", "all", "skip"])
@pytest.mark.parametrize("late_ms", [0, 10_000, HOUR, 3 * DAY])
def test_a_single_time_is_met_late_rather_than_never(policy: str, late_ms: int) -> None:
    once = schedule(None, run_at=from_ms(START_MS), on_missed=policy)
    assert first_due(once, START_MS + late_ms) == START_MS
    assert decide(once, START_MS, START_MS + late_ms) == Due((START_MS,))


def test_years_of_absence_are_counted_and_capped() -> None:
    due = decide(schedule("*/10 * * * *", on_missed="all", cap=MOST), START_MS, START_MS + 100 * DAY)
    assert (len(due.fire), due.passed) == (MOST, 100 * 144 + 1 - MOST)


def walk(daily: Schedule, zone: str, step: timedelta, steps: int) -> Counter[str]:
    """How often a schedule was fired for each local day by somebody who looks at random times about `step` apart."""
    place, rng = find_zone(zone), random.Random(7)
    now_ms = START_MS
    next_ms = first_due(daily, now_ms)
    days: Counter[str] = Counter()
    for _ in range(steps):
        now_ms += round(step.total_seconds() * 1000 * rng.uniform(0.5, 1.5))
        assert next_ms is not None
        due = decide(daily, next_ms, now_ms)
        next_ms = due.next_ms
        days.update(f"{datetime.fromtimestamp(ms / 1000, place):%Y-%m-%d}" for ms in due.fire)
    return days


# S2.2
@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"])
@pytest.mark.parametrize("cron", ["30 2 * * *", "30 1 * * *", "0 30 2 * * *", "@daily"])
def test_two_simulated_years_have_one_firing_on_each_local_day(zone: str, cron: str) -> None:
    days = walk(schedule(cron, zone=zone), zone, timedelta(hours=2), 365 * 2 * 12)
    assert set(days.values()) == {1}
    first, last = (datetime.fromisoformat(day) for day in (min(days), max(days)))
    assert len(days) == (last - first).days + 1 > 700


@pytest.mark.parametrize("policy", ["latest", "all", "skip"])
def test_a_clock_that_is_stepped_fires_no_time_twice_and_raises_no_storm(policy: str) -> None:
    minutely = schedule(on_missed=policy)
    next_ms: int | None = START_MS
    fired: list[int] = []
    for now_ms in (START_MS, START_MS + HOUR, START_MS + 1000, START_MS + MINUTE, START_MS + HOUR + MINUTE):
        assert next_ms is not None
        due = decide(minutely, next_ms, now_ms)
        next_ms = due.next_ms
        fired += due.fire
    assert len(fired) == len(set(fired))
    assert len(fired) <= {"latest": 3, "all": 62, "skip": 3}[policy]


def test_a_range_is_listed_with_both_ends() -> None:
    start, end = from_ms(START_MS), from_ms(START_MS + 2 * HOUR)
    assert start is not None
    assert end is not None
    assert list(times_between(schedule("@hourly"), start, end)) == [START_MS, START_MS + HOUR, START_MS + 2 * HOUR]
