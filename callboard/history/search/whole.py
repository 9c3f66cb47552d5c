"""Jobs with all that was recorded of them, in the shape that Redis gives them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Engine, select

from callboard.history.models import JobRow, table_of
from callboard.history.rows import record_of
from callboard.jobs.record import Job, job_from_record

JOBS: Final = table_of(JobRow)
AT_ONCE: Final = 500


def whole_jobs(engine: Engine, ids: Sequence[str]) -> list[Job]:
    """The jobs with these ids that the history knows, in the order in which they are named."""
    found: dict[str, Job] = {}
    with engine.connect().execution_options(reading=True) as connection:
        for start in range(0, len(ids), AT_ONCE):
            for row in connection.execute(select(JOBS).where(JOBS.c.id.in_(ids[start : start + AT_ONCE]))):
                found[row.id] = job_from_record(row.id, record_of(row._asdict()))
    return [found[id] for id in ids if id in found]
