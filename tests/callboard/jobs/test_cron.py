"""Cron expressions in time zones, against calendars worked out by hand."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise, takewhile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callboard.jobs.cron import MACROS, BadCron, BadZone, find_zone, parse_cron

START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Cairo", "UTC")


def times(text: str, zone: str = "UTC", start: datetime = START, count: int = 5) -> list[datetime]:
    return list(islice(parse_cron(text).after(start, find_zone(zone)), count))


def local(text: str, zone: str, start: datetime, count: int) -> list[str]:
    return [f"{at.astimezone(find_zone(zone)):%d. %H:%M}" for at in times(text, zone, start, count)]


def until(text: str, zone: str, end: datetime = END) -> list[datetime]:
    """All its times in two years."""
    return list(takewhile(lambda at: at < end, parse_cron(text).after(START, find_zone(zone))))


# S2.2
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", ["30 2", "0 2", "15 2", "30 1", "45 1", "0 0", "30 0", "0 3", "59 23", "0 12"])
def test_a_daily_schedule_is_due_once_on_each_local_day_of_two_years(zone: str, at: str) -> None:
    place = find_zone(zone)
    days = Counter(moment.astimezone(place).date() for moment in until(f"{at} * * *", zone))
    first, last = min(days), max(days)
    assert set(days.values()) == {1}
    assert len(days) == (last - first).days + 1 >= 729


def test_a_time_that_the_clock_jumps_over_comes_right_after_the_jump() -> None:
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)
    assert local("30 2 * * *", "Europe/Berlin", before, 2) == ["29. 03:00", "30. 02:30"]
    assert local("15 2 * * *", "Australia/Lord_Howe", datetime(2026, 10, 3, tzinfo=UTC), 2) == [
        "04. 02:30",
        "05. 02:15",
    ]


def test_a_time_that_comes_twice_counts_the_first_time() -> None:
    first, second = times("30 2 * * *", "Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC), 2)
    assert first == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert second == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_a_time_of_the_first_round_is_not_due_again_when_asked_in_the_second() -> None:
    in_the_second_round = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)
    assert times("30 2 * * *", "Europe/Berlin", in_the_second_round, 1) == [datetime(2026, 10, 26, 1, 30, tzinfo=UTC)]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("text", "minutes"), [("*/30 * * * *", 30), ("@hourly", 60)])
def test_what_is_due_several_times_an_hour_goes_on_evenly(zone: str, text: str, minutes: int) -> None:
    gaps = {after - before for before, after in pairwise(until(text, zone, datetime(2027, 1, 1, tzinfo=UTC)))}
    # Where the clock moves by half an hour, a full hour comes after an hour and a half.
    odd = {timedelta(minutes=90)} if (zone, minutes) == ("Australia/Lord_Howe", 60) else set()
    assert gaps == {timedelta(minutes=minutes)} | odd


def test_weekdays_are_those_of_cron() -> None:
    assert {at.isoweekday() for at in times("0 9 * * 1", count=20)} == {1}
    assert {at.isoweekday() for at in times("0 9 * * 0", count=20)} == {7}
    assert {at.isoweekday() for at in times("0 9 * * MON-FRI", count=20)} == {1, 2, 3, 4, 5}


def test_the_29th_of_february_waits_for_a_leap_year() -> None:
    assert [at.date() for at in times("0 6 29 2 *", count=2)] == [date(2028, 2, 29), date(2032, 2, 29)]


def test_seconds_come_from_a_sixth_field_in_front() -> None:
    start = datetime(2026, 1, 1, 10, 0, 58, 500_000, tzinfo=UTC)
    assert [at.second for at in times("* * * * * *", start=start)] == [59, 0, 1, 2, 3]
    assert [at.second for at in times("*/20 * * * * *", start=start)] == [0, 20, 40, 0, 20]
    assert times("10 30 2 * * *", "Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC), 2) == [
        datetime(2026, 10, 25, 0, 30, 10, tzinfo=UTC),
        datetime(2026, 10, 26, 1, 30, 10, tzinfo=UTC),
    ]


@pytest.mark.parametrize("word", MACROS)
def test_words_stand_for_expressions(word: str) -> None:
    assert times(word) == times(MACROS[word])
    assert parse_cron(word.upper()).words == parse_cron(MACROS[word]).words


@pytest.mark.parametrize(
    ("text", "blamed"),
    [
        ("30 2 31 2 *", "day-of-month that cannot be: '31'"),
        ("0 0 31 4,6,9 *", "day-of-month"),
        ("61 * * * *", "minute that cannot be: '61'"),
        ("0 24 * * *", "hour"),
        ("0 0 * 13 *", "month"),
        ("0 0 * * 8", "day-of-week"),
        ("*/0 * * * *", "minute"),
        ("70 * * * * *", "second"),
        ("0 0 * * 1#2/3", "day-of-week"),
        ("* * * *", "five fields"),
        ("@reboot", "@hourly"),
        ("", "five fields"),
        ("1," * 200 + "1 * * * *", "five fields"),
    ],
)
def test_an_expression_that_cannot_be_is_refused_with_the_field_named(text: str, blamed: str) -> None:
    with pytest.raises(BadCron) as refused:
        parse_cron(text)
    assert blamed in str(refused.value)


@given(st.text(alphabet="0123456789*/,-L#W MONJAN@", max_size=30))
@settings(max_examples=500, deadline=None)
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        cron = parse_cron(text)
    except BadCron:
        return
    assert cron.words
    assert next(cron.after(START, find_zone("Europe/Berlin"))) > START


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("../../etc/passwd", "UTC"),
        ("Europe", "UTC"),
        ("", "UTC"),
        ("x\0", "UTC"),
    ],
)
def test_an_unknown_zone_is_refused_with_the_nearest_named(name: str, nearest: str) -> None:
    with pytest.raises(BadZone, match=nearest):
        find_zone(name)
