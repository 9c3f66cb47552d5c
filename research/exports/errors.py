"""What `research.exports` raises."""

from callboard.jobs.errors import Permanent, Transient
from research.errors import ResearchError


class ExportRefused(ResearchError, Permanent):
    """Raised when what is asked for cannot be exported: an unknown table or column, a value that does not fit."""


class UnknownExport(ResearchError, Permanent):
    """Raised when a job has exported nothing, or what it made is not kept any more."""


class NoSpace(ResearchError, Transient):
    """Raised when the disk is full: nothing of the export is kept, another attempt may find room."""


class LinkRefused(ResearchError, Permanent):
    """Parent of the refusals of a link."""


class LinkForged(LinkRefused):
    """Raised when a link was not signed here, or was changed since."""


class LinkExpired(LinkRefused):
    """Raised when the time of a link is over."""
