"""The periods that reports are about: whole days, ISO weeks and months by the clock of a time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from callboard.jobs.cron import BadZone, find_zone
from research.analytics.span import Span
from research.reports.errors import BadPeriod

DAILY: Final = "daily_report"
WEEKLY: Final = "weekly_digest"
MONTHLY: Final = "monthly_analytics"
# Of each kind of report how its period is written.
FORMS: Final = {
    DAILY: (re.compile(r"(\d{4})-(\d{2})-(\d{2})\Z", re.ASCII), "a day such as 2026-11-21"),
    WEEKLY: (re.compile(r"(\d{4})-W(\d{2})\Z", re.ASCII), "a week such as 2026-W47"),
    MONTHLY: (re.compile(r"(\d{4})-(\d{2})\Z", re.ASCII), "a month such as 2026-10"),
}
YEARS: Final = range(2000, 2200)


@dataclass(frozen=True, slots=True)
class Period:
    """One day, week or month: the first and the day after its last one, in a time zone."""

    kind: str
    first: date
    after: date
    zone: ZoneInfo

    @property
    def label(self) -> str:
        """How it is written: `2026-11-21`, `2026-W47`, `2026-10`."""
        year, week, _ = self.first.isocalendar()
        return {DAILY: self.first.isoformat(), WEEKLY: f"{year}-W{week:02}", MONTHLY: f"{self.first:%Y-%m}"}[self.kind]

    @property
    def id(self) -> str:
        """The id of its report: the same kind, period and zone are the same report."""
        return f"{self.kind}:{self.label}:{self.zone.key}"

    @property
    def words(self) -> str:
        """It in English: `Saturday, 21 November 2026`, `week 47, 16 to 22 November 2026`, `October 2026`."""
        first, last = self.first, self.after - timedelta(days=1)
        if self.kind == DAILY:
            return f"{first:%A}, {first.day} {first:%B %Y}"
        if self.kind == MONTHLY:
            return f"{first:%B %Y}"
        # The first day without what it has in common with the last one.
        form = "" if first.month == last.month else " %B" if first.year == last.year else " %B %Y"
        return f"week {first.isocalendar().week}, {first.day}{first.strftime(form)} to {last.day} {last:%B %Y}"

    @property
    def span(self) -> Span:
        """From its first to before its last moment."""
        start, end = (datetime(d.year, d.month, d.day, tzinfo=self.zone) for d in (self.first, self.after))
        return Span(start.astimezone(UTC), end.astimezone(UTC), self.zone)

    @property
    def before(self) -> Period:
        """The one before it."""
        return _around(self.kind, self.first - timedelta(days=1), self.zone)


def last_period(kind: str, at: datetime, zone: str = "UTC") -> Period:
    """The last one that was over at a time. Raises BadPeriod for a zone that there is not."""
    place = _zone(zone)
    return _around(kind, at.astimezone(place).date(), place).before


def period_of(kind: str, label: str, zone: str, at: datetime) -> Period:
    """The one that is written so. Raises BadPeriod for what cannot be read, or is not over at a time."""
    form, expected = FORMS[kind]
    match, place = form.match(label), _zone(zone)
    try:
        period = _around(kind, _first(kind, [int(part) for part in match.groups()]), place) if match else None
    except ValueError:
        period = None
    if period is None or period.first.year not in YEARS:
        raise BadPeriod(f"the period of {kind} is {expected}, got {label!r}")
    if period.span.end > at:
        raise BadPeriod(f"{label} is not over yet in {zone}; its report can be made from {period.after} on")
    return period


def _zone(name: str) -> ZoneInfo:
    try:
        return find_zone(name)
    except BadZone as error:
        raise BadPeriod(str(error)) from None


def _first(kind: str, parts: list[int]) -> date:
    if kind == WEEKLY:
        return date.fromisocalendar(parts[0], parts[1], 1)
    return date(parts[0], parts[1], parts[2] if kind == DAILY else 1)


def _around(kind: str, day: date, zone: ZoneInfo) -> Period:
    """The period in which a day lies."""
    if kind == DAILY:
        return Period(kind, day, day + timedelta(days=1), zone)
    if kind == WEEKLY:
        monday = day - timedelta(days=day.weekday())
        return Period(kind, monday, monday + timedelta(days=7), zone)
    first = day.replace(day=1)
    return Period(kind, first, (first + timedelta(days=32)).replace(day=1), zone)
