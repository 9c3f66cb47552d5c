"""The next times as people read them."""

from datetime import datetime

from callboard.jobs.cron import parse_cron
from callboard.jobs.preview import Run, next_runs


def runs(text: str, zone: str, day: str, count: int = 3) -> list[Run]:
    return next_runs(parse_cron(text), zone, datetime.fromisoformat(f"{day}T12:00Z"), count)


def test_times_are_given_in_the_zone_of_the_schedule() -> None:
    assert [run.at.isoformat() for run in runs("30 9 * * *", "Asia/Kolkata", "2026-01-01", count=1)] == [
        "2026-01-02T09:30:00+05:30"
    ]


def test_a_jump_of_the_clock_is_marked() -> None:
    before, moved, after = runs("30 2 * * *", "Europe/Berlin", "2026-03-27")
    assert (before.note, after.note) == ("", "")
    assert moved.at.isoformat() == "2026-03-29T03:00:00+02:00"
    assert moved.note == "the clock goes forward by 1 h before it: moved, no such time"


def test_a_repeated_hour_is_marked() -> None:
    _, twice, after = runs("30 2 * * *", "Europe/Berlin", "2026-10-23")
    assert twice.note == "the clock shows this time twice; this is the first"
    assert after.note == "the clock goes back by 1 h before it"


def test_half_an_hour_is_told_as_such() -> None:
    assert [run.note for run in runs("15 2 * * *", "Australia/Lord_Howe", "2026-10-02", count=2)] == [
        "",
        "the clock goes forward by 30 min before it: moved, no such time",
    ]
