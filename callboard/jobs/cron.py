"""When a cron expression is due: as Debian's cron reads it, in a time zone, through both changes of its clock."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from cronsim import CronSim, CronSimError

from callboard.jobs.errors import CallboardError

MACROS: Final = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
FIELDS: Final = ("second", "minute", "hour", "day-of-month", "month", "day-of-week")
LONGEST: Final = 200
SOME_DAY: Final = datetime(2000, 1, 1, tzinfo=UTC)


class BadCron(CallboardError):
    """Raised when a text is no cron expression, or one that is never due."""


class BadZone(CallboardError):
    """Raised when a name is no time zone."""


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression: as it was given, its five fields, and the seconds of the minute, 0 alone unless it has six."""

    text: str
    expression: str
    seconds: tuple[int, ...]
    hours: frozenset[int]
    minutes: frozenset[int]

    @property
    def has_seconds(self) -> bool:
        """Whether it was given with six fields."""
        return len(self.text.split()) == len(FIELDS)

    @property
    def words(self) -> str:
        """What it means, in English: `At 02:30 every day`."""
        whole = self.text if self.has_seconds else self.expression
        return CronSim(whole, SOME_DAY).explain()

    def after(self, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        """The times after a moment at which it is due, rising, in UTC.

        A fixed time that the clock jumps over comes right after the jump, one that comes twice counts the first time;
        what is due several times an hour goes on evenly. Source: Debian's cron, as cronsim has it.
        """
        last = moment.astimezone(UTC)
        # A minute earlier, for the later seconds of the minute that has begun.
        for minute in CronSim(self.expression, (last - timedelta(minutes=1)).astimezone(zone)):
            start = minute.astimezone(UTC)
            for second in self.seconds:
                due = start + timedelta(seconds=second)
                # Two fixed times in a jumped hour fall together, and in a repeated hour cronsim begins in the first.
                if due > last:
                    yield due
                    last = due


@lru_cache(1024)
def parse_cron(text: str) -> Cron:
    """The expression of five fields, six with seconds, or a word such as `@hourly`.

    Raises BadCron, which names the field that is wrong.
    """
    words = MACROS.get(text.strip().lower(), text).split()
    if len(text) > LONGEST or not 5 <= len(words) <= 6:
        known = ", ".join(MACROS)
        raise BadCron(f"cron must be five fields (minute hour day-of-month month day-of-week) or {known}, got {text!r}")
    whole = " ".join(words)
    try:
        parsed = CronSim(whole, SOME_DAY)
        parsed.explain()
    except (CronSimError, AssertionError, ValueError, IndexError) as error:
        raise BadCron(_blame(text, words, str(error))) from None
    if next(parsed, None) is None:
        raise BadCron(f"cron {text!r} is never due: no year of the next 50 has such a day")
    hours, minutes = frozenset(parsed.hours), frozenset(parsed.minutes)
    return Cron(text.strip(), " ".join(words[-5:]), tuple(sorted(parsed.seconds)), hours, minutes)


def _blame(text: str, words: list[str], said: str) -> str:
    """Which field of an expression is wrong, from what cronsim says of it."""
    fields = FIELDS[-len(words) :]
    wrong = next((field for field in fields if said == f"Bad {field}"), None)
    if wrong is None:
        return f"cron {text!r} cannot be read"
    given = words[fields.index(wrong)]
    return f"cron {text!r} has a {wrong} that cannot be: {given!r}"


def find_zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name. Raises BadZone with the nearest names."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # not there, a folder, or no name of a file at all
        raise BadZone(_nearest(name)) from None


def _nearest(name: str) -> str:
    known = available_timezones()
    by_city = {zone.rpartition("/")[2].lower(): zone for zone in sorted(known)}
    by_name = {zone.lower(): zone for zone in known}
    wanted = name.lower().replace(" ", "_")
    close = difflib.get_close_matches(wanted, by_name, 2, 0.75)
    cities = difflib.get_close_matches(wanted.rpartition("/")[2], by_city, 2, 0.75)
    found = dict.fromkeys([by_name[one] for one in close] + [by_city[one] for one in cities])
    hint = f"did you mean {' or '.join(list(found)[:3])}?" if found else "names are like Europe/Berlin or UTC"
    return f"time zone {name[:64]!r} is unknown; {hint}"
