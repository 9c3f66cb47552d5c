"""What `research.experiments` raises."""

from callboard.jobs.errors import Permanent
from research.errors import ResearchError


class ExperimentError(ResearchError, Permanent):
    """Parent of the errors of this package; what is wrong with a file or an argument does not pass by itself."""


class UnreadableTable(ExperimentError):
    """Raised when a file is no table of readings: empty, binary, protected, damaged, or without a number in it."""


class TableTooLarge(ExperimentError):
    """Raised when a table has more rows, columns or bytes than one experiment may have."""


class UnknownColumn(ExperimentError):
    """Raised when an argument names a column that the table does not have, or a quantity that is not known."""


class UnknownUnit(ExperimentError):
    """Raised when a unit cannot be read, or measures something else than its column."""


class UnknownExperiment(ExperimentError):
    """Raised when no experiment has the id that was asked for, or it has no readings."""


class NotCalculable(ExperimentError):
    """Raised when an argument of a calculation makes no sense, such as an area in seconds."""
