"""Jobs that Redis has forgotten, out of the history of this command's database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from callboard.broker.errors import JobMissing, ResultMissing
from callboard.jobs.states import COMPLETED
from cli.server import settings, store

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


def job_and_errors(id: str) -> tuple[Job, list[dict[str, Any]]]:
    """A job with what went wrong in its attempts, from the history where Redis has none. Raises JobMissing."""
    job = store().find(id)
    if job:
        return job, store().errors(id)
    from callboard.history.past import past_errors, past_job

    with history() as engine:
        past = past_job(engine, id) if engine else None
        if engine and past:
            return past, past_errors(engine, id)
    raise JobMissing(f"job {id} is unknown; neither Redis nor the history has it")


def result_of(id: str) -> Any:
    """What the body of a job returned. Raises JobMissing, or ResultMissing with the state while there is none."""
    job, _ = job_and_errors(id)
    if job.state != COMPLETED:
        raise ResultMissing(f"job {id} has no result: it is {job.state}", job.state)
    return job.result
