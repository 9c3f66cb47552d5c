"""What jobs are meant: `state:failed queue:mail type:email_send 01K6…`, and the search for them in Redis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

from callboard.jobs.policy import queue_slug, type_slug
from callboard.jobs.states import FINAL, LIVE, STATES, canonical_state
from cli.words import unknown

if TYPE_CHECKING:
    from callboard.broker.store import Store
    from callboard.jobs.record import Job

KEYS: Final = ("state", "queue", "type", "id")
PAGE: Final = 250


@dataclass(frozen=True, slots=True)
class Query:
    """Jobs in any of the states, of any of the queues and types; an empty tuple means all."""

    states: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    def fits(self, job: Job) -> bool:
        """Whether a job is meant."""
        pairs = ((self.states, job.state), (self.queues, job.queue), (self.types, job.type), (self.ids, job.id))
        return all(not wanted or value in wanted for wanted, value in pairs)


def job_id(text: str) -> str:
    """An id as it is kept: case does not matter."""
    return text.strip().upper()


def parse_query(words: Sequence[str], **more: Sequence[str]) -> Query:
    """The query of `key:value` words and of flags. Raises UsageError, which says what was meant."""
    found: dict[str, list[str]] = {key: list(more.get(key, ())) for key in KEYS}
    for term in " ".join(words).split():
        key, colon, value = term.partition(":")
        name = key.lower() if colon else "id"
        if name not in KEYS:
            raise click.UsageError(unknown("query word", f"{key}:", [f"{k}:" for k in KEYS], "use state: queue: type:"))
        found[name] += [part for part in (value if colon else key).split(",") if part]
    try:
        return Query(
            tuple(state for word in found["state"] for state in _states(word)),
            tuple(queue_slug(name) for name in found["queue"]),
            tuple(type_slug(name) for name in found["type"]),
            tuple(job_id(text) for text in found["id"]),
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _states(word: str) -> tuple[str, ...]:
    """The states of a word; `live` and `final` stand for several."""
    several = {"live": LIVE, "final": FINAL, "finished": FINAL, "all": STATES}
    return several.get(word.lower()) or (canonical_state(word),)


def find_jobs(store: Store, query: Query, limit: int) -> list[Job]:
    """The jobs that are meant, newest first, at most so many."""
    if query.ids:
        return [job for job in store.find_many(query.ids) if job and query.fits(job)][:limit]
    queues, states = query.queues or store.queues(), query.states or STATES
    if not query.types:
        return store.newest(states, queues, limit)
    found: list[Job] = []
    for queue in queues:
        for state in states:
            found += _first(_walk(store, queue, state), query, limit)
    return sorted(found, key=lambda job: job.id, reverse=True)[:limit]


def find_ids(store: Store, query: Query, limit: int | None) -> list[str]:
    """The ids of all jobs that are meant, or of the first so many; nothing is changed while they are gathered."""
    if query.ids:
        return list(query.ids)[:limit]
    found: list[str] = []
    for queue in query.queues or store.queues():
        for state in query.states or STATES:
            left = None if limit is None else limit - len(found)
            if left == 0:
                return found
            found += [job.id for job in _first(_walk(store, queue, state), query, left)]
    return found


def _first(jobs: Iterator[Job], query: Query, limit: int | None) -> list[Job]:
    found: list[Job] = []
    for job in jobs:
        if limit is not None and len(found) >= limit:
            break
        if query.fits(job):
            found.append(job)
    return found


def _walk(store: Store, queue: str, state: str) -> Iterator[Job]:
    """All jobs of a queue in a state, page by page."""
    offset = 0
    while page := store.page(queue, state, offset, PAGE):
        yield from page
        offset += PAGE
