"""How jobs ended: what to say about those that failed, and the exit code that follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from callboard.jobs.states import COMPLETED
from cli.failures import FAILED
from cli.server import store

if TYPE_CHECKING:
    from callboard.jobs.record import Job
    from cli.output import Out


def failure_of(job: Job) -> str:
    """Why a job failed, in one line."""
    errors = store().errors(job.id)
    if errors:
        failure = errors[-1].get("failure", errors[-1])
        return str(failure.get("message", failure))
    if job.blocked_by:
        return f"a step that it needs has failed: {job.blocked_by}"
    return "cancelled" if job.state == "cancelled" else "no reason is known"


def report_failures(jobs: Iterable[Job], out: Out) -> int:
    """Say which jobs did not complete and why, but for those skipped because of others; the exit code."""
    bad = [job for job in jobs if job.state != COMPLETED]
    causes = [job for job in bad if not job.blocked_by] or bad
    for job in causes:
        name = f"{job.step} ({job.type})" if job.step else job.type
        out.warn(f"{name} {job.state}: {failure_of(job)}")
        out.say(f"  more: callboard show {job.id}")
    return FAILED if bad else 0
