"""What goes wrong with reports."""

from callboard.jobs.errors import Permanent
from research.errors import ResearchError


class BadPeriod(ResearchError, Permanent):
    """Raised when a period cannot be read, is not over yet, or its time zone is unknown."""


class UnknownReport(ResearchError, Permanent):
    """Raised when no report of that id was made."""
