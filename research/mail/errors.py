"""What became of a mail that nobody got."""

from callboard.jobs.errors import Permanent, Transient
from research.errors import ResearchError


class Undeliverable(ResearchError, Permanent):
    """Raised when the mail server will say no again; the message begins with a word of `refusals`, such as bounced."""


class Deferred(ResearchError, Transient):
    """Raised when the mail server says no for now; the message begins with the word of `refusals`."""
