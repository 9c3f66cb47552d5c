"""Days, weeks and months that are over, by the clock of a zone."""

from datetime import UTC, datetime

import pytest

from research.reports.errors import BadPeriod
from research.reports.period import DAILY, MONTHLY, WEEKLY, last_period, period_of

NOW = datetime(2026, 11, 22, 5, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "zone", "label", "words"),
    [
        (DAILY, "UTC", "2026-11-21", "Saturday, 21 November 2026"),
        (DAILY, "America/Los_Angeles", "2026-11-20", "Friday, 20 November 2026"),
        (WEEKLY, "UTC", "2026-W46", "week 46, 9 to 15 November 2026"),
        (MONTHLY, "UTC", "2026-10", "October 2026"),
    ],
)
def test_the_last_period_is_the_last_one_that_is_over_there(kind: str, zone: str, label: str, words: str) -> None:
    period = last_period(kind, NOW, zone)
    assert (period.label, period.words, period.id) == (label, words, f"{kind}:{label}:{zone}")
    assert period_of(kind, label, zone, NOW) == period


@pytest.mark.parametrize(
    ("kind", "label", "before", "words"),
    [
        (WEEKLY, "2026-W01", "2025-W52", "week 1, 29 December 2025 to 4 January 2026"),
        (WEEKLY, "2026-W44", "2026-W43", "week 44, 26 October to 1 November 2026"),
        (MONTHLY, "2026-01", "2025-12", "January 2026"),
        (DAILY, "2024-03-01", "2024-02-29", "Friday, 1 March 2024"),
    ],
)
def test_each_has_one_before_it_over_the_ends_of_months_and_years(
    kind: str, label: str, before: str, words: str
) -> None:
    period = period_of(kind, label, "UTC", NOW)
    assert (period.before.label, period.words) == (before, words)
    assert period.before.span.end == period.span.start


def test_a_day_on_which_the_clock_changes_has_25_hours() -> None:
    span = period_of(DAILY, "2026-10-25", "Europe/Berlin", NOW).span
    assert (span.end - span.start).total_seconds() == 25 * 3600


@pytest.mark.parametrize(
    ("kind", "label", "said"),
    [
        (DAILY, "2026-02-30", "a day such as"),
        (DAILY, "２０２６-11-01", "a day such as"),
        (WEEKLY, "2025-W53", "a week such as"),
        (MONTHLY, "2026-11-01", "a month such as"),
        (MONTHLY, "0001-01", "a month such as"),
        (DAILY, "2026-11-22", "is not over yet in UTC; its report can be made from 2026-11-23 on"),
        (WEEKLY, "2026-W47", "not over yet"),
    ],
)
def test_what_cannot_be_read_or_is_not_over_is_refused(kind: str, label: str, said: str) -> None:
    with pytest.raises(BadPeriod, match=said):
        period_of(kind, label, "UTC", NOW)


def test_a_zone_that_there_is_not_is_refused() -> None:
    with pytest.raises(BadPeriod, match="Europe/Berlin"):
        last_period(DAILY, NOW, "Europe/Berln")
