"""Delivering events to the webhooks that are registered for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from callboard.broker.stream import Event
from research.notifications.outgoing import Outgoing, Parcel
from research.webhooks.envelope import SHAPES
from research.webhooks.registry import Webhook

# A delivery is a job: told of its events a webhook would go on for ever.
NEVER_TOLD: Final = ("webhook_deliver",)
# Delivered where they are decided, in one transaction with that; the stream only tells viewers.
OF_CONDITIONS: Final = "alert:"


def fitting(webhooks: Sequence[Webhook], event: Event) -> list[Webhook]:
    """The webhooks that receive an event."""
    if event.type in NEVER_TOLD:
        return []
    return [hook for hook in webhooks if hook.enabled and hook.filter.fits(event.event, event.type, event.queue)]


def deliver_to(outgoing: Outgoing, hooks: Iterable[Webhook], event: Event, more: Mapping[str, Any]) -> None:
    """Add a delivery of an event to each webhook."""
    subject = event.job or event.queue
    # A job's version counts its changes, and stays the same when the stream is read twice; others have their place.
    version = str(event.version) if event.version else event.id
    bodies: dict[str, str] = {}
    for hook in hooks:
        if hook.shape not in bodies:
            bodies[hook.shape] = SHAPES[hook.shape](event, more)
        key = (event.event.partition(":")[0], subject, event.event, version)
        outgoing.parcels.append(Parcel(key, hook.id, event.event, subject, bodies[hook.shape], event.at_ms))
