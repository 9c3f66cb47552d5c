"""What can go wrong with the SQL side."""

from callboard.jobs.errors import CallboardError


class HistoryError(CallboardError):
    """Base of the errors of this package."""


class SchemaError(HistoryError):
    """Raised when the tables of the database are not those of this code; the message says what to run."""
