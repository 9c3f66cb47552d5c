"""The middleware of a worker, outermost first, with the reason for each; nothing adds any elsewhere."""

from __future__ import annotations

from dramatiq.middleware import Middleware

from callboard.broker.composition import DurableGroups
from callboard.jobs.settings import Settings
from callboard.worker.log_context import LogContext
from callboard.worker.retries import Retries
from callboard.worker.slots import Slots


def middleware_stack(settings: Settings) -> tuple[Middleware, ...]:
    """The middleware of a process with these settings."""
    lease_ms = round(settings.lease.total_seconds() * 1000)
    return (
        Slots(lease_ms),  # first at boot, for the threads take the work queue with them; first to stop fetching
        LogContext(),  # outermost of an attempt, so that lines of all others carry the job
        DurableGroups(),  # lets group(...).run() with callbacks pass; has no hook that runs for a job
        Retries(settings.max_crashes),  # innermost: sees the result or the exception itself and decides the outcome
    )
