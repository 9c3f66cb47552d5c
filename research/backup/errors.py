"""What `research.backup` raises."""

from callboard.jobs.errors import Permanent
from research.errors import ResearchError


class BackupRefused(ResearchError, Permanent):
    """Raised when a file is no backup, was changed or damaged, or was made by a newer release."""


class NotEmpty(ResearchError, Permanent):
    """Raised when a backup is to be restored into tables that have rows already."""
