"""What can go wrong with a call to the outside, beyond what the network itself does."""

from callboard.jobs.errors import Permanent


class OutboundRefused(Permanent):
    """Raised when a target may not be called; the job fails at once, for another attempt would be refused too."""


class BadTarget(OutboundRefused, ValueError):
    """Raised when a URL is none that we could call."""


def not_allowed(host: str, reason: str) -> OutboundRefused:
    """The refusal of a host, with what lifts it."""
    return OutboundRefused(f"{host} may not be called: it is {reason}; CALLBOARD_OUTBOUND_ALLOW lifts that")
