"""The webhooks there are: who receives what, under which secret, and whether it is switched on."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from callboard.history.notification_models import WebhookRow
from callboard.jobs.encoding import decode, encode
from callboard.jobs.identity import new_id
from research.outbound.addresses import NONE_ALLOWED, Allowed
from research.outbound.targets import checked_target, shown_target
from research.webhooks.errors import WebhookMissing
from research.webhooks.filters import Filter
from research.webhooks.signature import checked_secret, new_secret

EVENTS: Final = "events"
JOB: Final = "job"
# A receiver has a day to learn of its new secret; until then both sign.
ROTATION_MS: Final = 24 * 3600 * 1000
OFF_BY_HAND: Final = "switched off by hand"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook without its secret; its URL may hold a key as well and is shown by `target` only."""

    id: str
    url: str = field(repr=False)
    about: str
    scope: str
    filter: Filter
    enabled: bool
    reason: str | None
    created_ms: int
    failing_ms: int | None
    delivered_ms: int | None
    shape: str = ""

    @property
    def target(self) -> str:
        """Where it leads, without path and query."""
        return shown_target(self.url)


def add(
    session: Session,
    url: str,
    wanted: Filter,
    *,
    at_ms: int,
    about: str = "",
    secret: str | None = None,
    allow: Allowed = NONE_ALLOWED,
    scope: str = EVENTS,
    shape: str = "",
) -> tuple[Webhook, str]:
    """A new webhook and its secret, which is told here and nowhere again.

    Raises OutboundRefused for a URL that cannot be called, ValueError for a secret that is too weak.
    """
    key = checked_secret(secret) if secret else new_secret()
    row = WebhookRow(
        id=f"wh_{new_id()}",
        url=checked_target(url, allow),
        digest=digest(url),
        about=about[:200],
        scope=scope,
        events=encode(wanted.events, "events"),
        types=encode(wanted.types, "types"),
        queues=encode(wanted.queues, "queues"),
        secret=key,
        enabled=True,
        created_ms=at_ms,
        shape=shape or None,
    )
    session.add(row)
    session.flush()
    return webhook_of(row), key


def every(session: Session, *, scope: str | None = None) -> list[Webhook]:
    """All webhooks, oldest first."""
    query = select(WebhookRow).order_by(WebhookRow.id)
    rows = session.scalars(query.where(WebhookRow.scope == scope) if scope else query)
    return [webhook_of(row) for row in rows]


def get(session: Session, id: str) -> Webhook:
    """The webhook with this id. Raises WebhookMissing."""
    return webhook_of(_row(session, id))


def remove(session: Session, id: str) -> None:
    """Forget a webhook; the log of its deliveries stays until it is old. Raises WebhookMissing."""
    session.delete(_row(session, id))


def switch(session: Session, id: str, *, on: bool, reason: str = OFF_BY_HAND) -> Webhook:
    """Switch a webhook on, its failures forgotten, or off for a reason. Raises WebhookMissing."""
    row = _row(session, id)
    row.enabled, row.reason = on, None if on else reason
    if on:
        row.failing_ms = None
    return webhook_of(row)


def rotate(session: Session, id: str, at_ms: int) -> str:
    """A new secret; for a day both sign, so that the receiver can change over. Raises WebhookMissing."""
    row = _row(session, id)
    row.old_secret, row.old_until_ms = row.secret, at_ms + ROTATION_MS
    row.secret = new_secret()
    return row.secret


def keys_of(session: Session, id: str, at_ms: int) -> list[str]:
    """The secrets that sign now, the newest first. Raises WebhookMissing."""
    row = _row(session, id)
    old = row.old_secret if row.old_secret and (row.old_until_ms or 0) > at_ms else None
    return [row.secret, old] if old else [row.secret]


def for_job(session: Session, url: str, *, at_ms: int, allow: Allowed = NONE_ALLOWED) -> tuple[Webhook, str | None]:
    """The webhook for the end of single jobs at a URL, and its secret where it had to be made for it.

    A webhook that is registered for the same URL is taken first. Raises OutboundRefused.
    """
    checked_target(url, allow)
    query = select(WebhookRow).where(WebhookRow.digest == digest(url)).order_by(WebhookRow.id)
    found = [row for row in session.scalars(query) if row.url == url]
    if found:
        return webhook_of(min(found, key=lambda row: row.scope != EVENTS)), None
    return add(session, url, Filter(), at_ms=at_ms, about="for single jobs", allow=allow, scope=JOB)


def digest(url: str) -> str:
    """By which a URL is found."""
    return hashlib.sha256(url.encode()).hexdigest()


def webhook_of(row: WebhookRow) -> Webhook:
    """The webhook of a row."""
    wanted = Filter(_words(row.events), _words(row.types), _words(row.queues))
    times = (row.created_ms, row.failing_ms, row.delivered_ms)
    return Webhook(row.id, row.url, row.about, row.scope, wanted, row.enabled, row.reason, *times, row.shape or "")


def _row(session: Session, id: str) -> WebhookRow:
    row = session.get(WebhookRow, id)
    if row is None:
        raise WebhookMissing(f"webhook {id} is unknown; `callboard webhooks` lists them")
    return row


def _words(text: str) -> tuple[str, ...]:
    value: Sequence[Any] = decode(text, "filter")
    return tuple(map(str, value))
