"""The one error of this package: a paper that no retry will make readable."""

from __future__ import annotations

from callboard.jobs.errors import Permanent


class UnreadablePaper(Permanent):
    """Raised when a file can't be read as a paper; the message says what is wrong and what to do."""
