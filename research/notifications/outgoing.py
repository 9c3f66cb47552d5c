"""What the notifier has decided to send, and writing all of it down in one transaction with the jobs that send it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from callboard.history.meters import Amounts, add, amounts, count
from callboard.history.outbox import enqueue_in
from callboard.jobs.encoding import NotJson, TooLarge
from callboard.jobs.errors import InvalidArguments
from callboard.jobs.identity import id_for
from research.notifications.notices import Notice, add_notice
from research.notifications.services import Services
from research.notifications.wishes import MARK
from research.outbound.errors import OutboundRefused
from research.webhooks import log as deliveries
from research.webhooks import registry
from research.webhooks.errors import WebhookMissing

log = logging.getLogger("callboard.notifier")


@dataclass(frozen=True, slots=True)
class Parcel:
    """An event for a webhook, which is named by its id or, for a single job, by its URL."""

    key: tuple[str, ...]
    webhook: str = field(repr=False)
    event: str
    subject: str
    body: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail from a template; the same key is the same mail."""

    key: tuple[str, ...]
    to: tuple[str, ...]
    template: str
    data: Mapping[str, Any]
    at_ms: int


@dataclass(slots=True)
class Outgoing:
    """All that one batch of events, or one look at the conditions, leads to."""

    parcels: list[Parcel] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.parcels or self.letters or self.notices)


def write(session: Session, services: Services, outgoing: Outgoing) -> None:
    """Write notices and deliveries, and enqueue what sends them, when the transaction commits; safe to repeat."""
    told = amounts()
    for notice in outgoing.notices:
        if add_notice(session, notice):
            count(told, "notifications", "sent")
    for letter in outgoing.letters:
        _write_letter(session, services, letter, told)
    for parcel in outgoing.parcels:
        _write_parcel(session, services, parcel, told)
    add(session.connection(), told)


def _write_letter(session: Session, services: Services, letter: Letter, told: Amounts) -> None:
    id = id_for(letter.at_ms, "mail", *letter.key)
    try:
        call = services.mail(to=list(letter.to), template=letter.template, data=dict(letter.data))
        enqueue_in(session, call.named(id=id, meta={MARK: letter.key[0]}, tags=("notification",)))
        count(told, "notifications", "sent")
    except (InvalidArguments, NotJson, TooLarge):
        # What can never be sent must not hold up all that comes after it.
        count(told, "notifications", "refused")
        log.exception("the mail %s about %s cannot be sent", letter.template, letter.key)


def _write_parcel(session: Session, services: Services, parcel: Parcel, told: Amounts) -> None:
    try:
        webhook = _webhook(session, services, parcel)
    except (OutboundRefused, WebhookMissing) as error:
        count(told, "notifications", "refused")
        log.warning("the end of %s is delivered nowhere: %s", parcel.subject, error)
        return
    id = id_for(parcel.at_ms, "webhook", webhook, *parcel.key)
    delivery = f"msg_{id}"
    about: dict[str, Any] = {
        "event": parcel.event,
        "subject": parcel.subject,
        "body": parcel.body,
        "at_ms": parcel.at_ms,
    }
    if deliveries.prepare(session, delivery, webhook=webhook, **about):
        call = services.deliver(delivery=delivery)
        enqueue_in(session, call.named(id=id, meta={MARK: parcel.event}, tags=("notification",)))
        count(told, "notifications", "sent")


def _webhook(session: Session, services: Services, parcel: Parcel) -> str:
    """The id of the webhook; one for the URL of a job is made where there is none."""
    if "://" not in parcel.webhook:
        return registry.get(session, parcel.webhook).id
    made, _ = registry.for_job(session, parcel.webhook, at_ms=parcel.at_ms, allow=services.allow)
    return made.id
