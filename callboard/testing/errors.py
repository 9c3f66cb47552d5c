"""What can go wrong with a test board itself, as opposed to the jobs on it."""

from __future__ import annotations

from callboard.jobs.errors import CallboardError


class BoardError(CallboardError):
    """Base of the errors of a test board."""


class NoBroker(BoardError):
    """Raised when a board is opened before any module has set up a broker."""


class BoardInUse(BoardError):
    """Raised when a board is asked to run jobs while it runs one, or is opened beside a worker of this process."""


class DrainUnfinished(BoardError):
    """Raised when a drain reaches its limit and more is due: most often a job that comes back for ever."""


class JobFailed(BoardError):
    """Raised for a job that failed without an exception of its body that could be raised here."""
