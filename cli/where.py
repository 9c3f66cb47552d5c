"""The jobs that `--where` means for a verb: those of a search in a state in which the verb can be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

import click

from callboard.history.search.query import Query, all_of, conjuncts
from cli.failures import NOT_POSSIBLE, Stop
from cli.look import ids_in_history
from cli.query import find_ids, key_and_texts, live_part, parse_query
from cli.server import remote, store


def ids_where(where: str, verb: str, possible: Sequence[str], usually: Sequence[str], limit: int | None) -> list[str]:
    """The ids of the jobs that are meant, at most so many; nothing is changed while they are gathered.

    Raises as `able_states` does.
    """
    query = asked_query(where)
    live = live_part(query)
    if live and live.ids:
        return list(live.ids)[:limit]
    able = able_states(query, verb, possible, usually)
    if far := remote():
        return [row["id"] for row in islice(far.rows(text_of(query, able)), limit)]
    if live:
        return find_ids(store(), replace(live, states=able), limit)
    return list(islice(ids_in_history(all_of([query, parse_query([], state=able)])), limit))


def asked_query(where: str) -> Query:
    """The search of `--where`. Raises UsageError."""
    if not where.strip():
        raise click.UsageError(
            "--where needs a query such as 'state:failed'; 'state:all' means every job it can be done to"
        )
    return parse_query([where])


def able_states(query: Query, verb: str, possible: Sequence[str], usually: Sequence[str]) -> tuple[str, ...]:
    """The states that are meant: those asked for in which the verb can be done, the usual ones where none is asked for.

    Raises Stop where it can be done in none of them.
    """
    states = asked_states(query) or asked_states(parse_query([], state=usually))
    able = tuple(state for state in states if state in possible)
    if not able:
        can = ", ".join(possible)
        raise Stop(NOT_POSSIBLE, f"cannot {verb} jobs that are {', '.join(states)}; it can be done to {can} ones")
    return able


def text_of(query: Query, states: Sequence[str]) -> str:
    """A search and the states that it is kept to, as it is written."""
    from callboard.history.search.writing import write

    return write(all_of([query, parse_query([], state=states)]))


def asked_states(query: Query) -> list[str]:
    """The states that a search asks for by itself."""
    pairs = map(key_and_texts, conjuncts(query))
    return [state for key, texts in pairs if key == "state" for state in texts]
