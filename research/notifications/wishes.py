"""What a job asks for in its meta: who is to be told of its end, and where its end is delivered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from callboard.jobs.errors import CallboardError
from research.mail.addresses import MailRefused, address
from research.outbound.addresses import NONE_ALLOWED, Allowed
from research.webhooks import registry

MOST_ADDRESSES: Final = 10
MARK: Final = "notifier"


class BadWish(CallboardError, ValueError):
    """Raised when the meta of a job asks for what cannot be."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """Addresses that get a mail, the user who gets a notice, and a webhook by its id or URL."""

    addresses: tuple[str, ...] = ()
    user: str | None = None
    webhook: str | None = None

    def __bool__(self) -> bool:
        return bool(self.addresses or self.user or self.webhook)


def wishes_of(meta: Mapping[str, Any]) -> Wishes:
    """The wishes in a meta: `notify` is an address, several, or true for the `user`; `webhook` an id or a URL.

    Raises BadWish, which says what was expected.
    """
    notify, user, webhook = meta.get("notify"), meta.get("user"), meta.get("webhook")
    name = str(user)[:200] if isinstance(user, str | int) and not isinstance(user, bool) else None
    if webhook is not None and not isinstance(webhook, str):
        raise BadWish(f"webhook must be a URL or the id of a webhook, got {webhook!r:.80}")
    if notify in (None, False):
        return Wishes(webhook=webhook or None)
    if notify is True:
        if name is None:
            raise BadWish("notify is true, so a user was expected beside it, got none")
        return Wishes(_of_user(name), name, webhook or None)
    return Wishes(_addresses(notify), name, webhook or None)


def with_webhook(
    session: Session, meta: Mapping[str, Any], url: str, *, at_ms: int, allow: Allowed = NONE_ALLOWED
) -> tuple[dict[str, Any], str | None]:
    """The meta of a job whose end is to be delivered to a URL, which is kept in SQL and not with the job.

    The secret is told to whoever names a URL first, and is None after. Raises OutboundRefused.
    """
    webhook, secret = registry.for_job(session, url, at_ms=at_ms, allow=allow)
    return {**meta, "webhook": webhook.id}, secret


def _of_user(name: str) -> tuple[str, ...]:
    """The address of a user who goes by it; others are told in the application only."""
    try:
        return (address(name).addr_spec,)
    except MailRefused:
        return ()


def _addresses(notify: Any) -> tuple[str, ...]:
    given = [notify] if isinstance(notify, str) else notify
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise BadWish(f"notify must be an address, a list of them, or true, got {notify!r:.80}")
    if not 1 <= len(given) <= MOST_ADDRESSES:
        raise BadWish(f"notify takes 1 to {MOST_ADDRESSES} addresses, got {len(given)}")
    try:
        return tuple(dict.fromkeys(address(one, "notify").addr_spec for one in given))
    except MailRefused as error:
        raise BadWish(str(error)) from None
