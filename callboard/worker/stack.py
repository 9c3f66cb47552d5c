"""The middleware of a worker, outermost first, with the reason for each; nothing adds any elsewhere."""

from __future__ import annotations

from dramatiq.middleware import Middleware

from callboard.jobs.masking import masker
from callboard.jobs.settings import Settings
from callboard.worker.leases import Leases
from callboard.worker.log_context import LogContext
from callboard.worker.retries import Retries
from callboard.worker.shutdown import Shutdown
from callboard.worker.slots import Slots


def middleware_stack(settings: Settings) -> tuple[Middleware, ...]:
    """The middleware of a process with these settings."""
    lease_ms = round(settings.lease.total_seconds() * 1000)
    leases = Leases(settings.max_crashes, settings.allow_unsafe_redis)
    return (
        Slots(lease_ms),  # first at boot, for the threads take its work queue with them
        leases,  # stops after Shutdown has handed everything back, hence outside of it
        Shutdown(settings.shutdown_timeout.total_seconds(), leases),  # hears the signal first and stops the fetching
        LogContext(settings),  # outermost of an attempt, so that the lines of all others carry the job
        Retries(
            settings.max_crashes, masker(settings)
        ),  # innermost: sees the result or the exception itself and decides the outcome
    )
