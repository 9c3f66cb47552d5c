"""Jobs that Redis has forgotten, as the history holds them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, select

from callboard.broker.errors import JobMissing
from callboard.broker.store import Store
from callboard.history.models import FailureRow, JobRow, table_of
from callboard.history.rows import record_of
from callboard.jobs.record import Job, job_from_record


def past_job(engine: Engine, id: str) -> Job | None:
    """A job as it was last recorded, None where it never was."""
    with engine.connect().execution_options(reading=True) as connection:
        row = connection.execute(select(table_of(JobRow)).where(JobRow.id == id)).mappings().one_or_none()
    return None if row is None else job_from_record(id, record_of(dict(row)))


def past_errors(engine: Engine, id: str) -> list[dict[str, Any]]:
    """What went wrong in the attempts of a job, oldest first, in the form in which Redis keeps it."""
    with engine.connect().execution_options(reading=True) as connection:
        failures = select(table_of(FailureRow)).where(FailureRow.job_id == id).order_by(FailureRow.fence)
        rows = connection.execute(failures).all()
    return [
        {
            "attempt": row.attempt,
            "fence": row.fence,
            "at_ms": row.at_ms,
            "failure": {
                "class": row.error_class,
                "type": row.error_type,
                "message": row.message,
                "traceback": row.traceback,
            },
        }
        for row in rows
    ]


def find_job(store: Store, engine: Engine | None, id: str) -> Job:
    """A job out of Redis, or the history where Redis has forgotten it. Raises JobMissing."""
    return _known(store.find(id) or (past_job(engine, id) if engine else None), id)


def job_and_errors(store: Store, engine: Engine | None, id: str) -> tuple[Job, list[dict[str, Any]]]:
    """A job with what went wrong in its attempts, from the history where Redis has forgotten it. Raises JobMissing."""
    job = store.find(id)
    if job or not engine:
        return _known(job, id), store.errors_of(job) if job else []
    return _known(past_job(engine, id), id), past_errors(engine, id)


def _known(job: Job | None, id: str) -> Job:
    if job is None:
        raise JobMissing(f"job {id} is unknown; neither Redis nor the history has it")
    return job
