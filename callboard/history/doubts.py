"""Jobs whose end may have gone unrecorded: they are never run again by themselves, a person decides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, Engine, func, select, update

from callboard.history.models import JobRow, table_of
from callboard.jobs.states import LIVE

JOBS: Final = table_of(JobRow)
IN_DOUBT: Final = "in_doubt"
BATCH: Final = 500


def doubt_live_jobs(connection: Connection) -> int:
    """Put all live jobs in doubt; what Redis still has is recorded anew, and out of doubt by that. How many it were."""
    return connection.execute(update(JOBS).where(JOBS.c.state.in_(LIVE)).values(reason=IN_DOUBT)).rowcount


def doubt_jobs(connection: Connection, ids: Sequence[str]) -> None:
    """Put some jobs in doubt that are live here and nowhere else."""
    for start in range(0, len(ids), BATCH):
        these = JOBS.c.id.in_(ids[start : start + BATCH])
        connection.execute(update(JOBS).where(these, JOBS.c.state.in_(LIVE)).values(reason=IN_DOUBT))


def count_doubts(engine: Engine) -> int:
    """How many live jobs are in doubt."""
    wanted = select(func.count()).where(JOBS.c.state.in_(LIVE), JOBS.c.reason == IN_DOUBT)
    with engine.connect().execution_options(reading=True) as connection:
        return int(connection.execute(wanted).scalar_one())
