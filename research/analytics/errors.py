"""What goes wrong with aggregates."""

from callboard.jobs.errors import Permanent
from research.errors import ResearchError


class BadSpan(ResearchError, Permanent):
    """Raised when a time is none that can be aggregated: without a zone, empty, too long, or in too many steps."""


class BadMetric(ResearchError, Permanent):
    """Raised when a metric is unknown, or cannot be grouped as asked."""


class TooManyGroups(ResearchError, Permanent):
    """Raised when jobs fall into more groups than fit in memory."""
