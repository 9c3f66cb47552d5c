"""What can go wrong with cold storage."""

from callboard.jobs.errors import Permanent, Transient
from research.errors import ResearchError


class UnknownArchive(ResearchError, Permanent):
    """Raised when there is no archive with the id that was asked for, or no file that is one."""


class ArchiveDamaged(ResearchError, Transient):
    """Raised when an archive does not read back as it was written; its rows stay in SQL, and a new one is made."""


class ArchivedMeanwhile(ResearchError, Transient):
    """Raised when another process has archived rows of the same source in this very moment."""
