"""How many jobs the history holds that have completed, failed and were cancelled."""

from __future__ import annotations

from sqlalchemy import Engine, func, select

from callboard.history.database import reading
from callboard.history.models import JobRow, table_of
from callboard.jobs.states import FINAL

JOBS = table_of(JobRow).c


def totals(engine: Engine, queue: str | None = None) -> dict[str, int]:
    """Finished jobs by their final state, of one queue or of all, as far back as the history goes."""
    counts = dict.fromkeys(FINAL, 0)
    statement = select(JOBS.state, func.count()).where(JOBS.state.in_(FINAL))
    if queue is not None:
        statement = statement.where(JOBS.queue == queue)
    with reading(engine) as session:
        for state, number in session.execute(statement.group_by(JOBS.state)):
            counts[state] = number
    return counts
