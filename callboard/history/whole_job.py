"""Everything about one job that its page shows, put together from Redis and the history."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine

from callboard.broker.store import Store
from callboard.history.durations import RecentDurations
from callboard.history.estimates import estimate
from callboard.history.past import job_and_errors
from callboard.jobs.estimate import Estimate
from callboard.jobs.job_values import job_values
from callboard.jobs.record import Job
from callboard.jobs.states import FINAL, possible_verbs


def whole_job(
    store: Store, engine: Engine | None, durations: RecentDurations | None, id: str
) -> tuple[Job, dict[str, Any]]:
    """The job, and all that is shown of it: why it does not run, when it is expected, errors, what may be done with it.

    Raises JobMissing, ConnectionLost.
    """
    job, errors = job_and_errors(store, engine, id)
    over = job.state in FINAL
    reason = None if over else store.why(job)
    expected = Estimate() if over else estimate(store, durations, job)
    return job, job_values(job) | {
        "why": {"reason": reason[0], "until": reason[1]} if reason else None,
        "place": expected.place,
        "estimate": {name: getattr(expected, name) for name in ("starts_at", "finishes_at", "basis")},
        "errors": errors,
        "log_lines": len(store.log(job.id)),
        "allowed": list(possible_verbs(job.state, job.cancelling)),
    }
