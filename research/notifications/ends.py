"""Telling a user that a job of theirs has ended, because the job asked for it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from callboard.broker.stream import Event
from callboard.jobs.identity import id_for
from research.notifications.notices import Notice
from research.notifications.outgoing import Letter, Outgoing, Parcel
from research.notifications.rules import MAIL, NOTICE, Rule
from research.notifications.services import Services
from research.notifications.subjects import Subject
from research.notifications.wishes import BadWish, Wishes, wishes_of
from research.notifications.words import lasted
from research.webhooks.envelope import body_of

log = logging.getLogger("callboard.notifier")

COMPLETED: Final = "job:completed"
FAILED: Final = "job:failed"
CANCELLED: Final = "job:cancelled"
ENDS: Final = (COMPLETED, FAILED, CANCELLED)
# Whoever cancels a job knows of it.
MAILED: Final = (COMPLETED, FAILED)
FACTS_MOST, FACT_MOST = 12, 200


def wishes_for(event: Event, subject: Subject) -> Wishes:
    """What a job asked for; nothing, and a line in the log, where that cannot be understood."""
    try:
        return wishes_of(subject.meta)
    except BadWish as error:
        log.warning("nobody is told of the end of job %s: %s", event.job, error)
        return Wishes()


@dataclass(frozen=True, slots=True)
class End:
    """The end of a job: its event, the job, and what the body returned if that was an object."""

    event: Event
    subject: Subject
    wishes: Wishes
    result: Mapping[str, Any] = field(default_factory=dict)


def tell_user(outgoing: Outgoing, services: Services, rule: Rule, end: End) -> None:
    """Add the mail, the notice and the delivery that a job asked for at its end."""
    event, subject, wishes = end.event, end.subject, end.wishes
    key = ("job", event.job, event.event, str(event.version))
    if wishes.webhook:
        body = body_of(event, details(services, event, subject))
        outgoing.parcels.append(Parcel(key, wishes.webhook, event.event, event.job, body, event.at_ms))
    if not rule.enabled or event.event not in MAILED:
        return
    if wishes.addresses and MAIL in rule.channels:
        template, data = _mail(services, end)
        outgoing.letters.append(Letter(key, wishes.addresses, template, data, event.at_ms))
    if wishes.user and NOTICE in rule.channels:
        outgoing.notices.append(_notice(end, wishes.user, key))


def details(services: Services, event: Event, subject: Subject) -> dict[str, Any]:
    """What a delivery tells of an ended job beyond its event; neither arguments nor result."""
    told = {
        "attempt": subject.attempt or None,
        "attempts": subject.attempts or None,
        "run_ms": subject.run_ms,
        "user": subject.meta.get("user"),
        "tags": list(subject.tags) or None,
        "flow": subject.flow,
        "url": services.link(f"/jobs/{event.job}"),
    }
    return {name: value for name, value in told.items() if value is not None}


def _mail(services: Services, end: End) -> tuple[str, dict[str, Any]]:
    """The template and its data."""
    event, subject = end.event, end.subject
    data: dict[str, Any] = {"type": event.type, "job": event.job, "attempts": subject.attempt}
    if url := services.link(f"/jobs/{event.job}"):
        data["url"] = url
    if event.event == FAILED:
        return "error_notification", data | {"error": _reason(event)}
    took = None if subject.run_ms is None else lasted(subject.run_ms)
    return "job_completed", data | {"took": took, "facts": facts(end.result)}


def facts(result: Mapping[str, Any]) -> list[list[str]]:
    """What can be said of a result in a few lines: its plain values by name."""
    plain = [(name, value) for name, value in result.items() if isinstance(value, str | int | float) and value != ""]
    return [[name.replace("_", " ")[:FACT_MOST], _shown(value)[:FACT_MOST]] for name, value in plain[:FACTS_MOST]]


def _shown(value: str | float) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _notice(end: End, user: str, key: tuple[str, ...]) -> Notice:
    event, run_ms = end.event, end.subject.run_ms
    good = event.event == COMPLETED
    text = ("" if run_ms is None else f"It took {lasted(run_ms)}.") if good else _reason(event)
    title = f"{event.type} has {'completed' if good else 'failed'}"
    return Notice(id_for(event.at_ms, "notice", *key), user, "job_ended", title, text, event.at_ms, event.job)


def _reason(event: Event) -> str:
    return str(event.values.get("message") or "no reason is known")
