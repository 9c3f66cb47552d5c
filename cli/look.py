"""Where jobs are looked up: what is live in Redis, what Redis has forgotten or has no index for in the history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from callboard.history.search.query import Query
from cli.query import Live, find_jobs, live_part
from cli.server import remote, settings, store

if TYPE_CHECKING:
    from callboard.history.database import Engine
    from callboard.jobs.record import Job

PAGE: Final = 200
BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Seen:
    """Jobs, newest first, and how far a search got that could not be finished."""

    jobs: list[Job]
    cut: str | None = None


def look_for(query: Query, limit: int, whole: bool = False) -> Seen:
    """The jobs that are meant, newest first, at most so many; `whole` with what a list over the API leaves out.

    Raises SchemaError where only the history could tell and there is none, ConnectionLost without a server.
    """
    if far := remote():
        from callboard.history.search.writing import write

        return Seen(far.search(write(query), limit, whole))
    live = live_part(query)
    if live is None:
        with needed_history() as engine:
            return in_history(engine, query, limit)
    if not live.of_past:
        return Seen(find_jobs(store(), live, limit))
    with found_history() as past:
        if past is None:
            return Seen(find_jobs(store(), live, limit))
        return _live_and_past(past, live, query, limit)


def _live_and_past(engine: Engine, live: Live, query: Query, limit: int) -> Seen:
    """Jobs out of both; of one that both have, what Redis has is newer."""
    # Redis has no index of types, so that it would have to be gone through from end to end.
    jobs = [] if live.types and not live.ids else find_jobs(store(), live, limit)
    if len(jobs) >= limit:
        return Seen(jobs)
    seen = in_history(engine, query, limit)
    pairs = zip(seen.jobs, store().find_many([job.id for job in seen.jobs]), strict=True)
    merged = {job.id: job for job in (*(now or known for known, now in pairs), *jobs) if live.fits(job)}
    return Seen(sorted(merged.values(), key=lambda job: job.id, reverse=True)[:limit], seen.cut)


def in_history(engine: Engine, query: Query, limit: int) -> Seen:
    """The jobs that are meant and recorded, as many pages of them as it takes."""
    from callboard.history.search.find import find
    from callboard.history.search.whole import whole_jobs

    page = find(engine, query, limit=min(limit, PAGE))
    ids = [job.id for job in page.jobs]
    while page.next and page.cut is None and len(ids) < limit:
        page = find(engine, query, page.next, min(limit - len(ids), PAGE))
        ids += [job.id for job in page.jobs]
    return Seen(whole_jobs(engine, ids), page.cut)


def ids_in_history(query: Query) -> Iterator[str]:
    """The ids of all jobs that are meant and recorded, oldest first, read in bounded batches. Raises SchemaError."""
    from callboard.history.search.find import find_ids

    with needed_history() as engine:
        batch = find_ids(engine, query, limit=BATCH)
        yield from batch.ids
        while batch.after:
            batch = find_ids(engine, query, batch.after, BATCH)
            yield from batch.ids


def found_history() -> AbstractContextManager[Engine | None]:
    """The history for the length of a block, None where there is none."""
    from cli.past import history

    return history()


@contextmanager
def needed_history() -> Iterator[Engine]:
    """The history for the length of a block. Raises SchemaError where there is none, which says what to run."""
    with found_history() as engine:
        if engine is None:
            from callboard.history.errors import SchemaError
            from callboard.jobs.variables import hide_credentials

            where = hide_credentials(settings().sql_url)
            raise SchemaError(f"a search for this needs the history, and {where} has none: run `callboard migrate`")
        yield engine
