"""What `research.datasets` raises."""

from callboard.jobs.errors import Permanent
from research.errors import ResearchError


class UnknownDataset(ResearchError, Permanent):
    """Raised when no dataset has the name that was asked for."""


class BadName(ResearchError, Permanent):
    """Raised when a dataset cannot have the name it is given."""


class BadRow(ResearchError, Permanent):
    """Raised when a row lacks one of the columns that tell it from others, or holds what JSON cannot say."""


class RowConflict(ResearchError, Permanent):
    """Raised when rows are there already and the policy for that is `fail`; `keys` names some of them."""

    def __init__(self, message: str, keys: tuple[str, ...]) -> None:
        super().__init__(message)
        self.keys = keys
