"""The topic of a saved view: which events may be about a job that is in it, or was until now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from callboard.broker.stream import Event
from callboard.history.search.query import And, Everything, Is, Match, Not, Or, Query, Word
from callboard.jobs.states import ACTIVE, BLOCKED, STATES, TRANSITIONS
from web.live.frames import LOG, state_after

Fits = Callable[[Event], bool]
MAYBE: Final = (True, True)
# The states that a job may have had before an event, and those after it where the event does not say.
STAYS: Final = {"job:progress": ACTIVE, "job:cancelling": ACTIVE, "job:approval": BLOCKED}
BEFORE: Final = {name: frozenset((state,)) for name, state in STAYS.items()} | {
    event: frozenset(state for t in TRANSITIONS if t.event == event for state in t.source)
    for event in {t.event for t in TRANSITIONS} - {"job:edited"}
}
AFTER: Final = {
    event: frozenset(state for t in TRANSITIONS if t.event == event for state in t.target)
    for event in {t.event for t in TRANSITIONS} - {"job:edited"}
}


@dataclass(frozen=True, slots=True)
class Known:
    """What an event says of its job: what never changes, and the states that it may have had before and has after."""

    values: dict[str, str]
    states: frozenset[str]


def fits(query: Query) -> Fits:
    """Whether an event may be about a job that a search finds now, or found until now.

    What an event does not tell, such as tags and arguments, rules nothing out: a frame may be about a job that the
    search does not find. None is missing, but for jobs that fit by the passing of time alone.
    """

    def may(event: Event) -> bool:
        if not event.event.startswith("job:") or event.event == LOG:
            return False
        return _can(query, _known(event))[0]

    return may


def _known(event: Event) -> Known:
    name = event.event
    told = state_after(event, event.values)
    after = frozenset((told,)) if told else AFTER.get(name, frozenset(STATES))
    states = BEFORE.get(name, frozenset(STATES)) | after
    values = {"id": event.job, "type": event.type}
    return Known(values if name == "job:edited" else values | {"queue": event.queue}, states)


def _can(query: Query, known: Known) -> tuple[bool, bool]:
    """Whether the search may find the job, and whether it may not."""
    match query:
        case Everything():
            return True, False
        case Match():
            return _match(query, known)
        case Not(part):
            yes, no = _can(part, known)
            return no, yes
        case And(parts):
            found = [_can(part, known) for part in parts]
            return all(yes for yes, _ in found), any(no for _, no in found)
        case Or(parts):
            found = [_can(part, known) for part in parts]
            return any(yes for yes, _ in found), all(no for _, no in found)
        case Word():
            return MAYBE


def _match(match: Match, known: Known) -> tuple[bool, bool]:
    texts = {test.text for test in match.tests if isinstance(test, Is)}
    if match.key == "state":
        return bool(known.states & texts), bool(known.states - texts)
    if match.key in known.values:
        found = known.values[match.key] in texts
        return found, not found
    return MAYBE
