"""What jobs are meant, by the one grammar of search, and those of them that Redis itself has an index for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import click

from callboard.history.search.query import Everything, Is, Match, Query, Word, all_of, conjuncts
from callboard.jobs.identity import is_id
from callboard.jobs.states import FINAL, STATES

if TYPE_CHECKING:
    from callboard.broker.store import Store
    from callboard.jobs.record import Job

PAGE: Final = 250


@dataclass(frozen=True, slots=True)
class Live:
    """What Redis answers: jobs in any of the states, of any of the queues and types; an empty tuple means all."""

    states: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    def fits(self, job: Job) -> bool:
        """Whether a job is meant."""
        pairs = ((self.states, job.state), (self.queues, job.queue), (self.types, job.type), (self.ids, job.id))
        return all(not wanted or value in wanted for wanted, value in pairs)

    @property
    def text(self) -> str:
        """The search of it."""
        from callboard.history.search.writing import write_text

        pairs = (("state", self.states), ("queue", self.queues), ("type", self.types), ("id", self.ids))
        return " ".join(f"{key}:{','.join(map(write_text, values))}" for key, values in pairs if values)

    @property
    def of_past(self) -> bool:
        """Whether jobs are asked for that Redis may have forgotten."""
        return bool(self.ids or self.types or set(self.states) & set(FINAL))


def parse_query(words: Sequence[str], **more: Sequence[str]) -> Query:
    """The search of words and of flags such as `state=["failed"]`. Raises UsageError, which says what was meant."""
    text, given = " ".join(words), {key: values for key, values in more.items() if values}
    if not text.strip() and not given:
        return Everything()
    from callboard.history.search.errors import BadQuery
    from callboard.history.search.grammar import parse
    from callboard.history.search.writing import write_text

    flags = [f"{key}:{','.join(write_text(value) for value in values)}" for key, values in given.items()]
    try:
        return all_of([parse(text), *(parse(flag) for flag in flags)])
    except BadQuery as error:
        raise click.UsageError(str(error)) from None


def live_part(query: Query) -> Live | None:
    """The search as Redis answers it, None where it asks for what Redis has no index of."""
    asked: dict[str, tuple[str, ...]] = {}
    for part in conjuncts(query):
        key, texts = key_and_texts(part)
        asked[key] = tuple(text for text in texts if text in asked[key]) if key in asked else texts
        if not asked[key]:
            return None
    if not asked.keys() <= {"state", "queue", "type", "id"}:
        return None
    return Live(asked.get("state", ()), asked.get("queue", ()), asked.get("type", ()), asked.get("id", ()))


def key_and_texts(part: Query) -> tuple[str, tuple[str, ...]]:
    """A key with its texts; no key where it is anything else."""
    if isinstance(part, Word) and is_id(part.text.upper()):
        return "id", (part.text.upper(),)
    if isinstance(part, Match) and all(isinstance(test, Is) for test in part.tests):
        return part.key, tuple(test.text for test in part.tests if isinstance(test, Is))
    return "", ()


def live_query(words: Sequence[str], what: str, **more: Sequence[str]) -> Live:
    """The search of words where only Redis can be asked. Raises UsageError for what it has no index of."""
    live = live_part(parse_query(words, **more))
    if live is None:
        raise click.UsageError(f"{what} can be chosen by state:, queue:, type: and ids only")
    return live


def find_jobs(store: Store, live: Live, limit: int) -> list[Job]:
    """The jobs that are meant, newest first, at most so many."""
    from cli.server import remote

    if far := remote():
        return far.search(live.text, limit)
    if live.ids:
        return [job for job in store.find_many(live.ids) if job and live.fits(job)][:limit]
    queues, states = live.queues or store.queues(), live.states or STATES
    if not live.types:
        return store.newest(states, queues, limit)
    found: list[Job] = []
    for queue in queues:
        for state in states:
            found += _first(_walk(store, queue, state), live, limit)
    return sorted(found, key=lambda job: job.id, reverse=True)[:limit]


def find_ids(store: Store, live: Live, limit: int | None) -> list[str]:
    """The ids of all jobs that are meant, or of the first so many; nothing is changed while they are gathered."""
    if live.ids:
        return list(live.ids)[:limit]
    found: list[str] = []
    for queue in live.queues or store.queues():
        for state in live.states or STATES:
            left = None if limit is None else limit - len(found)
            if left == 0:
                return found
            found += [job.id for job in _first(_walk(store, queue, state), live, left)]
    return found


def _first(jobs: Iterator[Job], live: Live, limit: int | None) -> list[Job]:
    found: list[Job] = []
    for job in jobs:
        if limit is not None and len(found) >= limit:
            break
        if live.fits(job):
            found.append(job)
    return found


def _walk(store: Store, queue: str, state: str) -> Iterator[Job]:
    """All jobs of a queue in a state, page by page."""
    offset = 0
    while page := store.page(queue, state, offset, PAGE):
        yield from page
        offset += PAGE
