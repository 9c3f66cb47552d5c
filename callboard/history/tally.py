"""What one event adds to the meters; a new kind of event that is to be counted is a row of the table here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from callboard.broker.stream import Event
from callboard.history.facts import ENDINGS, FAILURES, ending
from callboard.history.meters import Amounts, count, observe
from callboard.history.spans import Spans, fence_of
from callboard.jobs.errors import ERROR_CLASSES

# Of attempts whose body ran to an end of its own: a lease that ran out says nothing about how long a body takes.
RAN: Final = ("completed", "retry", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of a job with what it says, under the names of queue and type by which it is counted."""

    event: Event
    values: dict[str, Any]
    queue: str
    type: str


def tally(into: Amounts, told: Happening, spans: Spans) -> None:
    """Add what an event of a job tells."""
    name = told.event.event
    if teller := OF_JOBS.get(name):
        teller(into, told, spans)
    elif name == "job:rescued":
        count(into, "rescued", told.queue)
    elif name == "job:parked" or (name == "job:released" and told.values.get("reason") == "limited"):
        count(into, "throttled", told.queue)
    if name in ENDINGS and fence_of(told.values):
        _attempt(into, told, spans)


def _added(into: Amounts, told: Happening, spans: Spans) -> None:
    if told.values.get("restored"):
        return  # it was counted when it was enqueued
    count(into, "enqueued", told.queue, told.type)
    if (size := spans.payload(told.event.job)) is not None:
        observe(into, "payload_bytes", told.type, value=size)


def _started(into: Amounts, told: Happening, spans: Spans) -> None:
    count(into, "started", told.queue, told.type)
    if (seconds := spans.waited(told.event, fence_of(told.values))) is not None:
        observe(into, "wait_duration_seconds", told.queue, value=seconds)


def _finished(into: Amounts, told: Happening, spans: Spans) -> None:
    count(into, "finished", told.queue, told.type, told.event.event.removeprefix("job:"))
    if (seconds := spans.since_enqueued(told.event)) is not None:
        observe(into, "total_duration_seconds", told.queue, value=seconds)


def _attempt(into: Amounts, told: Happening, spans: Spans) -> None:
    outcome = ending(told.event.event, told.values)
    count(into, "attempts_finished", told.queue, told.type, outcome)
    if told.event.event in FAILURES:
        error_class = str(told.values.get("class"))
        count(into, "attempt_errors", told.type, error_class if error_class in ERROR_CLASSES else "bug")
    if outcome in RAN and (seconds := spans.ran(told.event, fence_of(told.values))) is not None:
        observe(into, "run_duration_seconds", told.queue, told.type, value=seconds)


OF_JOBS: Final[dict[str, Callable[[Amounts, Happening, Spans], None]]] = {
    "job:added": _added,
    "job:active": _started,
    "job:completed": _finished,
    "job:failed": _finished,
    "job:cancelled": _finished,
}
# All events that say something about a total, or about a time; progress and logs, the most frequent ones, do not.
OF_INTEREST: Final = frozenset((*OF_JOBS, *ENDINGS, "job:parked", "job:promoted", "job:rerun"))
