"""Which jobs a search means for a verb: those of them that are in a state in which it can be done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Engine

from callboard.history.search.errors import BadQuery
from callboard.history.search.find import find_ids
from callboard.history.search.query import Everything, Is, Match, Query, all_of, conjuncts
from callboard.jobs.states import CANCELLED, FAILED, states_for

BATCH: Final = 1_000
ENGINE_VERBS: Final = {"retry": "rerun"}
# Whoever names no state means these; without a row, all in which the verb can be done.
USUALLY: Final[dict[str, tuple[str, ...]]] = {"retry": (FAILED, CANCELLED)}
PHRASES: Final = {"priority": "change the priority of", "withdraw": "withdraw the cancellation of"}


def scoped(query: Query, verb: str) -> Query:
    """The search, kept to the states in which a verb can be done; the usual ones where it names none.

    Raises BadQuery for a search that asks nothing, and where the verb can be done in no state that it names.
    """
    if isinstance(query, Everything):
        raise BadQuery("expected a search that chooses jobs, got none; state:all chooses all that the verb fits")
    possible = possible_states(verb)
    asked = asked_states(query)
    able = [state for state in asked or USUALLY.get(verb, possible) if state in possible]
    if not able:
        words = f"cannot {PHRASES.get(verb, verb)} jobs that are {', '.join(asked)}"
        raise BadQuery(f"{words}; it can be done to {', '.join(possible)} ones")
    return all_of([query, Match("state", tuple(Is(state) for state in able))])


def possible_states(verb: str) -> tuple[str, ...]:
    """The states in which a verb can be done."""
    return states_for(ENGINE_VERBS.get(verb, verb))


def asked_states(query: Query) -> list[str]:
    """The states that a search names beside whatever else it asks."""
    matches = [part for part in conjuncts(query) if isinstance(part, Match) and part.key == "state"]
    return [test.text for match in matches for test in match.tests if isinstance(test, Is)]


def batches(engine: Engine, query: Query) -> Iterator[list[str]]:
    """The ids of the jobs that a search finds, oldest first; those that come later are left out."""
    found = find_ids(engine, query, limit=BATCH)
    yield found.ids
    while found.after:
        found = find_ids(engine, query, found.after, BATCH)
        yield found.ids
