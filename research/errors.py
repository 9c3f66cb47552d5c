"""What `research` raises about its own tables and files."""

from callboard.jobs.errors import Permanent


class ResearchError(Exception):
    """Parent of the errors of this package."""


class UnknownPaper(ResearchError, Permanent):
    """Raised when no paper has the id that was asked for."""


class UnknownFile(ResearchError, Permanent):
    """Raised when a file reference is malformed or leads to nothing."""
