"""What can go wrong with a repository."""

from callboard.jobs.errors import Permanent, Transient
from research.errors import ResearchError


class RepositoryRefused(ResearchError, Permanent):
    """Raised when a repository may not be read: where it lies is not allowed, or no address of one."""


class NoRepository(ResearchError, Permanent):
    """Raised when there is no Git repository at an address, or it has no commit to look at."""


class RepositoryTooLarge(ResearchError, Permanent):
    """Raised when a repository is larger than the limits of the call."""


class RepositoryUnreachable(ResearchError, Transient):
    """Raised when a server does not answer as a Git server should; it may do so later."""
