"""Sending one delivery: signed, through the guarded client, and noted in the log whatever comes of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import httpx2
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from callboard.history.database import reading, writing
from callboard.history.meters import add
from callboard.history.notification_models import WebhookRow
from callboard.jobs.clock import wall_ms
from callboard.jobs.errors import RetryLater
from research.outbound.client import Guard, post
from research.outbound.errors import OutboundRefused
from research.webhooks import log, registry
from research.webhooks.answers import AGAIN, DELIVERED, GONE, REFUSED, Verdict, judge
from research.webhooks.errors import DeliveryFailed, DeliveryRefused, WebhookMissing
from research.webhooks.log import Attempt
from research.webhooks.registry import Webhook
from research.webhooks.signature import signed_headers

SECONDS: Final = 20.0
EXCERPT: Final = 200
DISABLE_AFTER_MS: Final = 5 * 24 * 3600 * 1000
Mask = Callable[[str], str]


@dataclass(frozen=True)
class Sender:
    """With what deliveries are sent: the database, the guard, and the mask over whatever is written down."""

    engine: Engine
    guard: Guard = Guard()
    mask: Mask = field(default=str, repr=False)
    disable_after_ms: int = DISABLE_AFTER_MS


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent, to whom, under which secrets."""

    delivery: str
    webhook: Webhook
    keys: list[str] = field(repr=False)
    body: bytes


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a delivery: `delivered`, or `dropped` because its webhook was switched off or removed."""

    delivery: str
    state: str
    status: int | None = None
    took_ms: int = 0


def deliver(sender: Sender, id: str, *, last: bool = False, even_if_off: bool = False) -> Receipt:
    """Send a delivery once; `last` says that no attempt follows if this one fails.

    Raises DeliveryRefused (Permanent), DeliveryFailed (Transient), RetryLater where the receiver has said when,
    WebhookMissing. Repeats carry the same `webhook-id`, by which a receiver knows them.
    """
    parcel = _parcel(sender, id)
    if parcel is None:
        return _drop(sender, id, "not sent: the webhook was removed")
    if not (parcel.webhook.enabled or even_if_off):
        return _drop(sender, id, f"not sent: the webhook is off ({parcel.webhook.reason})")
    attempt, verdict = _send(sender, parcel)
    state = _state(verdict.outcome, last)
    _note(sender, parcel, state, attempt, verdict)
    if verdict.outcome == DELIVERED:
        return Receipt(id, state, attempt.status, attempt.took_ms)
    raise _error(verdict)


def _parcel(sender: Sender, id: str) -> Parcel | None:
    """What is to be sent; None where its webhook is no more. Raises WebhookMissing where there is no delivery."""
    with reading(sender.engine) as session:
        found = log.get(session, id)
        try:
            webhook = registry.get(session, found.webhook)
        except WebhookMissing:
            return None
        return Parcel(id, webhook, registry.keys_of(session, webhook.id, wall_ms()), found.body.encode())


def _drop(sender: Sender, id: str, words: str) -> Receipt:
    with writing(sender.engine) as session:
        log.set_state(session, id, log.DROPPED, words)
        _count(session, log.DROPPED)
    return Receipt(id, log.DROPPED)


def _count(session: Session, state: str) -> None:
    add(session.connection(), {("webhook_deliveries", (state,)): 1})


def _send(sender: Sender, parcel: Parcel) -> tuple[Attempt, Verdict]:
    """The attempt as it is logged, and what it means."""
    at_ms, started = wall_ms(), time.monotonic()
    headers = signed_headers(parcel.keys, parcel.delivery, at_ms // 1000, parcel.body)
    headers["Content-Type"] = "application/json"
    try:
        answer = post(sender.guard, parcel.webhook.url, parcel.body, headers, SECONDS)
    except OutboundRefused as error:
        verdict = Verdict(REFUSED, _masked(sender, parcel, str(error)))
    except httpx2.TransportError as error:
        verdict = Verdict(AGAIN, "no answer: " + _masked(sender, parcel, str(error) or type(error).__name__))
    else:
        verdict = judge(answer)
        # Masked before it is cut: half a secret would not be known as one.
        excerpt = _masked(sender, parcel, answer.excerpt)[:EXCERPT] or None
        return Attempt(0, at_ms, _ms_since(started), answer.status, verdict.words or None, excerpt), verdict
    return Attempt(0, at_ms, _ms_since(started), error=verdict.words), verdict


def _masked(sender: Sender, parcel: Parcel, text: str) -> str:
    """A text of the outside without the secrets that it was sent: some servers repeat what they get."""
    for secret in (parcel.webhook.url, *parcel.keys, *(key.removeprefix("whsec_") for key in parcel.keys)):
        text = text.replace(secret, "***")
    return sender.mask(text)


def _state(outcome: str, last: bool) -> str:
    if outcome == DELIVERED:
        return log.DELIVERED
    return log.RETRYING if outcome == AGAIN and not last else log.FAILED


def _note(sender: Sender, parcel: Parcel, state: str, attempt: Attempt, verdict: Verdict) -> None:
    """Write the log, and what the receiver's behaviour means for its webhook."""
    with writing(sender.engine) as session:
        log.note(session, parcel.delivery, state, attempt)
        _count(session, state)
        row = session.get(WebhookRow, parcel.webhook.id)
        if row is None:  # removed meanwhile
            return
        if verdict.outcome == DELIVERED:
            row.failing_ms, row.delivered_ms = None, attempt.at_ms
            return
        row.failing_ms = row.failing_ms or attempt.at_ms
        days = (attempt.at_ms - row.failing_ms) / 86_400_000
        if verdict.outcome == GONE:
            row.enabled, row.reason = False, verdict.words
        elif attempt.at_ms - row.failing_ms >= sender.disable_after_ms and row.enabled:
            row.enabled, row.reason = False, f"no delivery has succeeded for {days:.0f} days; last: {verdict.words}"


def _error(verdict: Verdict) -> Exception:
    if verdict.outcome in (REFUSED, GONE):
        return DeliveryRefused(verdict.words)
    return DeliveryFailed(verdict.words) if verdict.after is None else RetryLater(verdict.after, verdict.words)


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)
