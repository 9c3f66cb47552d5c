"""What asking a provider may end in, beside the errors that steer every job."""

from callboard.jobs.errors import Permanent, Transient
from research.ai.analysis import Usage
from research.errors import ResearchError


class Unanswered(ResearchError, Transient):
    """Raised when a call broke off, so that nobody knows what the provider charges for it."""


class Unusable(ResearchError, Permanent):
    """Raised when an answer came and is of no use: cut off, filtered, refused; `usage` is what it took, if anything."""

    def __init__(self, message: str, usage: Usage | None = None) -> None:
        super().__init__(message)
        self.usage = usage


class Garbled(ResearchError, Transient):
    """Raised when an answer came in another form than the one asked for; `usage` is what it took."""

    def __init__(self, message: str, usage: Usage) -> None:
        super().__init__(message)
        self.usage = usage


class NothingKnown(ResearchError, Permanent):
    """Raised when the library has no passage on a term, so that nothing can be written without a model."""


class UnknownPrice(ResearchError, Permanent):
    """Raised when a budget is to be kept for a model whose price nobody knows."""


class BadPrices(ResearchError, Permanent):
    """Raised when the file of our own prices cannot be read."""
