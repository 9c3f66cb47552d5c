"""Jobs that Redis has forgotten, out of the history of this command's database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from callboard.broker.errors import ResultMissing
from callboard.jobs.states import COMPLETED
from cli.server import remote, settings, store

if TYPE_CHECKING:
    from callboard.history.database import Engine
    from callboard.jobs.record import Job


@contextlib.contextmanager
def history() -> Iterator[Engine | None]:
    """The history for the length of a block, None where there is none."""
    from callboard.history.opening import find_history

    engine = find_history(settings().sql_url)
    try:
        yield engine
    finally:
        if engine:
            engine.dispose()


def whole(id: str) -> tuple[Job, dict[str, Any]]:
    """A job and all that is shown of it. Raises JobMissing."""
    if far := remote():
        return far.whole(id)
    from callboard.history.durations import RecentDurations
    from callboard.history.whole_job import whole_job

    with history() as engine:
        return whole_job(store(), engine, RecentDurations(engine) if engine else None, id)


def any_job(id: str) -> Job:
    """A job, from the history where Redis has forgotten it. Raises JobMissing."""
    job = store().get(id) if remote() else store().find(id)
    if job:
        return job
    from callboard.history.past import find_job

    with history() as engine:
        return find_job(store(), engine, id)


def result_of(id: str) -> Any:
    """What the body of a job returned. Raises JobMissing, or ResultMissing with the state while there is none."""
    if far := remote():
        return far.result(id)
    job = any_job(id)
    if job.state != COMPLETED:
        raise ResultMissing(f"job {id} has no result: it is {job.state}", job.state)
    return job.result
