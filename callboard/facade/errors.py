"""What the façades raise beside the errors of the engine."""

from __future__ import annotations

from callboard.jobs.errors import CallboardError


class FacadeFault(CallboardError):
    """Base of the errors of this package."""


class NotInitialized(FacadeFault):
    """Raised when a queue is used before `initialize` or after `close`."""


class TypeTaken(FacadeFault):
    """Raised when a processor is registered for a job type that is declared for another queue."""


class EmptyChain(FacadeFault):
    """Raised when a chain without a job is executed."""
