"""The notifier's duties: telling people of what has happened, of conditions, and forgetting what was told long ago."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from callboard.jobs.call import Call
from research.notifications import checking, reader, retention
from research.notifications.services import Services as Notifier
from research.outbound.addresses import allowed
from scheduler.services import Services

MAIL: Final = "email_send"
DELIVER: Final = "webhook_deliver"


def notifier(services: Services) -> Notifier | None:
    """The notifier of this process; None where the types that send mails and deliveries are not known."""
    types, settings = services.types, services.settings
    if MAIL not in types or DELIVER not in types:
        return None
    mail, deliver = _calling(types[MAIL]), _calling(types[DELIVER])
    admins, allow = settings.notify_admins or (), allowed(settings.outbound_allow or ())
    return Notifier(services.engine, services.links, mail, deliver, admins, settings.public_url, allow)


def _calling(actor: Any) -> Callable[..., Call]:
    """What makes calls of a type that was declared with `@job`."""
    made: Callable[..., Call] = actor.call
    return made


def notify(services: Services) -> float | None:
    """Deal with what has happened since the last time; at once again where there is more."""
    made = notifier(services)
    return 0.0 if made and reader.read_events(made) else None


def check_conditions(services: Services) -> None:
    """Tell administrators of conditions that have begun or ended, and of the failures that are due."""
    if made := notifier(services):
        checking.check(made)


def forget_old_notices(services: Services) -> None:
    """Forget notices and deliveries behind the time that they are kept."""
    while retention.forget_old(services.engine, services.clock.now_ms()) and not services.stopping.is_set():
        pass
