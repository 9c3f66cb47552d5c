"""Webhooks and deliveries as values and columns; never with a secret, and of a URL only its host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callboard.jobs.clock import from_ms
from cli.output import Column
from cli.times import ago

if TYPE_CHECKING:
    from research.webhooks.log import Attempt, Delivery
    from research.webhooks.registry import Webhook

DELIVERY_STYLES = {"delivered": "green", "failed": "red", "retrying": "yellow", "waiting": "blue"}


def webhook_values(webhook: Webhook) -> dict[str, Any]:
    """A webhook as JSON values."""
    return {
        "id": webhook.id,
        "target": webhook.target,
        "about": webhook.about,
        "scope": webhook.scope,
        "shape": webhook.shape,
        "events": list(webhook.filter.events) if webhook.scope == "events" else [],
        "types": list(webhook.filter.types),
        "queues": list(webhook.filter.queues),
        "enabled": webhook.enabled,
        "reason": webhook.reason,
        "created_at": from_ms(webhook.created_ms),
        "failing_since": from_ms(webhook.failing_ms),
        "delivered_at": from_ms(webhook.delivered_ms),
    }


def delivery_values(delivery: Delivery) -> dict[str, Any]:
    """A delivery as JSON values, without its body."""
    return {
        "id": delivery.id,
        "webhook": delivery.webhook,
        "event": delivery.event,
        "subject": delivery.subject,
        "state": delivery.state,
        "attempts": delivery.attempts,
        "status": delivery.status,
        "error": delivery.error,
        "created_at": from_ms(delivery.created_ms),
        "tried_at": from_ms(delivery.tried_ms),
    }


def attempt_values(attempt: Attempt) -> dict[str, Any]:
    """One sending as JSON values."""
    told = {"number": attempt.number, "at": from_ms(attempt.at_ms), "took_ms": attempt.took_ms}
    return told | {"status": attempt.status, "error": attempt.error, "excerpt": attempt.excerpt}


def receives(row: Any) -> str:
    """`job:failed of email_send`, or that it is there for single jobs."""
    if row["scope"] == "job":
        return "ends of jobs that name it"
    limits = [f"of {', '.join(row['types'])}"] if row["types"] else []
    limits += [f"in {', '.join(row['queues'])}"] if row["queues"] else []
    return " ".join([", ".join(row["events"]), *limits])


def health(row: Any) -> str:
    """`on`, `off`, or `failing`."""
    if not row["enabled"]:
        return "off"
    return "failing" if row["failing_since"] else "on"


COLUMNS = (
    Column("id", "Webhook"),
    Column("target", "Leads to", fold=True),
    Column("events", "Receives", show=receives, fold=True),
    Column("enabled", "", show=health, style=lambda row: {"on": "green", "off": "red"}.get(health(row), "yellow")),
    Column("delivered_at", "Delivered", show=lambda row: ago(row["delivered_at"]), right=True),
    Column("reason", "Why off", wide=True, fold=True),
)
DELIVERY_COLUMNS = (
    Column("id", "Delivery"),
    Column("event", "Event"),
    Column("subject", "About", fold=True),
    Column("state", "State", style=lambda row: DELIVERY_STYLES.get(row["state"], "")),
    Column("attempts", "Tries", right=True),
    Column("status", "Answer", right=True),
    Column("created_at", "When", show=lambda row: ago(row["created_at"]), right=True),
    Column("error", "Error", wide=True, fold=True),
)
ATTEMPT_COLUMNS = (
    Column("number", "Try", right=True),
    Column("at", "When", show=lambda row: ago(row["at"])),
    Column("took_ms", "Took ms", right=True),
    Column("status", "Answer", right=True),
    Column("error", "Error", fold=True),
    Column("excerpt", "It said", wide=True, fold=True),
)
