"""What training a model and asking one raise; no retry helps with any of them."""

from callboard.jobs.errors import InvalidArguments, Permanent
from research.errors import ResearchError


class UntrainableData(ResearchError, Permanent):
    """Raised when no model can be trained on the data; the message names the column, row or limit."""


class UnknownModel(ResearchError, Permanent):
    """Raised when no model has the name or the version that was asked for."""


class UnusableModel(ResearchError, Permanent):
    """Raised when the file of a model is not what was stored, or needs another version of scikit-learn."""


class UnfitRow(ResearchError, InvalidArguments):
    """Raised when a row lacks a feature of the model, or holds something there that the model cannot read."""
