"""Times with a zone, and their steps where the clock on the wall is changed."""

from datetime import UTC, datetime, timedelta

import pytest

from callboard.jobs.clock import to_ms
from research.analytics.errors import BadSpan
from research.analytics.span import span_of, steps_of


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-28T23:00:00+00:00", "2026-03-29T22:00:00+00:00", 23),
        ("2026-10-24T22:00:00+00:00", "2026-10-25T23:00:00+00:00", 25),
    ],
)
def test_a_day_on_which_the_clock_changes_is_one_day_of_23_or_25_hours(start: str, end: str, hours: int) -> None:
    span = span_of(at(start), at(end), "Europe/Berlin")
    assert len(steps_of(span, "day").starts) == 1
    assert len(set(steps_of(span, "hour").labels)) == hours


def test_weeks_begin_on_monday_and_the_first_step_where_the_time_does() -> None:
    span = span_of(at("2026-11-18T12:00:00+00:00"), at("2026-12-01T00:00:00+00:00"), "UTC")
    assert steps_of(span, "week").labels == [
        "2026-11-18T12:00+00:00",
        "2026-11-23T00:00+00:00",
        "2026-11-30T00:00+00:00",
    ]


def test_a_moment_falls_into_the_step_that_begins_with_it() -> None:
    span = span_of(at("2026-12-01T00:00:00+01:00"), at("2027-03-01T00:00:00+01:00"), "Europe/Berlin")
    steps = steps_of(span, "month")
    midnight = to_ms(at("2027-01-01T00:00:00+01:00"))
    assert [steps.label(midnight + ms) for ms in (-1, 0)] == ["2026-12-01T00:00+01:00", "2027-01-01T00:00+01:00"]
    assert len(steps.labels) == 3


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(0), "end must be after start"),
        (timedelta(days=1_831), "at most 5 years"),
    ],
)
def test_a_time_that_is_empty_or_too_long_is_refused(length: timedelta, said: str) -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    with pytest.raises(BadSpan, match=said):
        span_of(start, start + length)


def test_a_time_without_a_zone_in_an_unknown_zone_or_of_too_many_steps_is_refused() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(BadSpan, match="start needs a zone"):
        span_of(start.replace(tzinfo=None), start)
    with pytest.raises(BadSpan, match="Berln"):
        span_of(start, start + timedelta(1), "Europe/Berln")
    with pytest.raises(BadSpan, match="at most 1,500 steps"):
        steps_of(span_of(start, start + timedelta(days=63)), "hour")
