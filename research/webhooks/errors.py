"""What can go wrong with webhooks, beyond what the network does."""

from callboard.jobs.errors import CallboardError, Permanent, Transient


class WebhookMissing(Permanent):
    """Raised when a webhook or a delivery is asked for that does not exist, or was removed."""


class BadFilter(CallboardError, ValueError):
    """Raised when a webhook is to receive events that do not exist or come too often to be sent."""


class DeliveryRefused(Permanent):
    """Raised when a receiver has answered that this delivery will never be accepted."""


class DeliveryFailed(Transient):
    """Raised when a delivery has not been accepted, and may be at another attempt."""
