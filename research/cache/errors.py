"""What goes wrong with cached answers."""

from callboard.jobs.errors import Permanent
from research.errors import ResearchError


class BadKey(ResearchError, Permanent):
    """Raised when a key names nothing that could be computed."""


class BadOperation(ResearchError, Permanent):
    """Raised when an operation is unknown or its arguments do not fit."""


class ValueRefused(ResearchError, Permanent):
    """Raised when an answer is too large, or not JSON, and cannot be kept."""
