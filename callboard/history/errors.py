"""What can go wrong with the SQL side."""

from callboard.jobs.errors import CallboardError


class HistoryError(CallboardError):
    """Base of the errors of this package."""


class SchemaError(HistoryError):
    """Raised when the tables of the database are not those of this code; the message says what to run."""


class ScheduleMissing(HistoryError):
    """Raised when no schedule has this name."""


class SchedulePassed(HistoryError):
    """Raised when something is asked of a schedule that has no time left to come."""


class ScheduleHeld(HistoryError):
    """Raised when a job is asked for of a schedule of which none can be made; the message says why."""


class UnknownGroup(HistoryError):
    """Raised when no group of failures has this fingerprint, or several begin so."""


class NotComparable(HistoryError):
    """Raised when Redis and SQL do not belong together until a recorder has seen to it."""


class BulkMissing(HistoryError):
    """Raised when no bulk act has this id."""


class ViewMissing(HistoryError):
    """Raised when no saved view has this id."""


class NameTaken(HistoryError):
    """Raised when something is to have a name that another has already."""
