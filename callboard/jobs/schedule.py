"""A schedule as data: a name, when it is due, what is called then, and what becomes of times that pass."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from callboard.jobs.cron import BadCron, BadZone, Cron, find_zone, parse_cron
from callboard.jobs.encoding import NotJson, TooLarge, encode
from callboard.jobs.errors import CallboardError
from callboard.jobs.policy import priority_number, queue_slug, type_slug

ON_MISSED: Final = {
    "latest": "one job for the latest time that has passed",
    "all": "a job for each time that has passed, up to a cap",
    "skip": "none: it goes on with the next time",
}
OVERLAPS: Final = {
    "allow": "its jobs may run side by side",
    "skip": "a time is left out while its last job has not ended",
}
# What may be said about the job of a schedule, as in `send_with_options`; all of it plain JSON.
OPTIONS: Final = ("priority", "attempts", "timeout", "unique_key", "fairness_key", "tags", "meta")
RESERVED: Final = ("preview",)
CAP: Final = 100
MOST: Final = 10_000


class BadSchedule(CallboardError):
    """Raised when a schedule cannot be as it is; `fields` says for each field what was expected and what was got."""

    def __init__(self, name: str, fields: dict[str, str]) -> None:
        said = "; ".join(f"{field}: {words}" for field, words in fields.items())
        super().__init__(f'schedule "{name}" cannot be: {said}')
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Schedule:
    """Either `cron` in a time zone or one time `run_at`, and the call that is due then; see `checked`."""

    name: str
    type: str
    cron: str | None = None
    run_at: datetime | None = None
    zone: str = "UTC"
    queue: str | None = None
    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    on_missed: str = "latest"
    cap: int = CAP
    overlap: str = "allow"
    source: str = "code"

    @property
    def parsed(self) -> Cron | None:
        """Its cron expression, None for one that is due once. Raises BadCron."""
        return parse_cron(self.cron) if self.cron else None

    @property
    def words(self) -> str:
        """When it is due, in English: `At 02:30 every day, Europe/Berlin`; as it stands where that cannot be read."""
        try:
            if self.parsed:
                return f"{self.parsed.words}, {self.zone}"
            if self.run_at:
                return f"Once, on {self.run_at.astimezone(find_zone(self.zone)):%Y-%m-%d at %H:%M:%S}, {self.zone}"
        except (BadCron, BadZone):
            pass
        return f"{self.cron or self.run_at}, {self.zone}"


def checked(schedule: Schedule) -> Schedule:
    """The schedule with its names in canonical form. Raises BadSchedule, which tells all problems at once."""
    problems = {name: words for name, check in CHECKS.items() if (words := _said(check, schedule))}
    if problems:
        raise BadSchedule(schedule.name, problems)
    queue = queue_slug(schedule.queue) if schedule.queue else None
    return replace(schedule, type=type_slug(schedule.type), queue=queue)


def refuse_seconds(schedule: Schedule) -> None:
    """Raise BadSchedule for one that may be due several times a minute."""
    if schedule.parsed and schedule.parsed.has_seconds:
        words = (
            f"expected five fields, got the six of {schedule.cron!r}; CALLBOARD_SCHEDULE_SECONDS=true allows seconds"
        )
        raise BadSchedule(schedule.name, {"cron": words})


def _said(check: Callable[[Schedule], str | None], schedule: Schedule) -> str:
    try:
        return check(schedule) or ""
    except (BadCron, BadZone, NotJson, TooLarge, ValueError, TypeError, AttributeError) as error:
        return str(error)


def _name(schedule: Schedule) -> str | None:
    name = schedule.name
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", name) or name in RESERVED:
        return f"expected at most 100 letters, digits, - _ or ., and not {', '.join(RESERVED)}, got {name[:100]!r}"
    return None


def _type(schedule: Schedule) -> None:
    type_slug(schedule.type)


def _when(schedule: Schedule) -> str | None:
    if (schedule.cron is None) == (schedule.run_at is None):
        return f"expected either cron or run_at, got {'neither' if schedule.cron is None else 'both'}"
    if schedule.cron is not None:
        parse_cron(schedule.cron)
    return None


def _run_at(schedule: Schedule) -> str | None:
    if schedule.run_at is not None and schedule.run_at.tzinfo is None:
        return f"expected a time with a zone, got {schedule.run_at.isoformat()}"
    return None


def _zone(schedule: Schedule) -> None:
    find_zone(schedule.zone)


def _queue(schedule: Schedule) -> None:
    if schedule.queue is not None:
        queue_slug(schedule.queue)


def _options(schedule: Schedule) -> str | None:
    options = schedule.options
    strange = sorted(set(options) - set(OPTIONS))
    if strange:
        return f"expected {', '.join(OPTIONS)}, got {', '.join(map(str, strange))}"
    if "priority" in options:
        priority_number(options["priority"])
    for name, kind in (("attempts", int), ("timeout", (int, float)), ("tags", list), ("meta", dict)):
        if name in options and (not isinstance(options[name], kind) or isinstance(options[name], bool)):
            return f"{name} is {options[name]!r}, which is none"
    encode(options, "options")
    return None


def _one_of(name: str, words: dict[str, str]) -> Callable[[Schedule], str | None]:
    def check(schedule: Schedule) -> str | None:
        given = getattr(schedule, name)
        return None if given in words else f"expected {', '.join(words)}, got {given!r}"

    return check


def _cap(schedule: Schedule) -> str | None:
    fits = type(schedule.cap) is int and 1 <= schedule.cap <= MOST
    return None if fits else f"expected a whole number from 1 to {MOST:,}, got {schedule.cap!r}"


def _arguments(schedule: Schedule) -> str | None:
    encode([list(schedule.args), schedule.kwargs], "arguments")
    return None


# Named after the field that is blamed.
CHECKS: Final[dict[str, Callable[[Schedule], str | None]]] = {
    "name": _name,
    "type": _type,
    "cron": _when,
    "run_at": _run_at,
    "zone": _zone,
    "queue": _queue,
    "kwargs": _arguments,
    "options": _options,
    "on_missed": _one_of("on_missed", ON_MISSED),
    "cap": _cap,
    "overlap": _one_of("overlap", OVERLAPS),
}
