"""Send events to the webhooks that receive them."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from actors import services
from callboard.jobs.policy import RETRY_PRESETS, Queue
from callboard.worker.context import Context
from callboard.worker.job import job

webhooks_queue = Queue("webhooks", concurrency=10)


class WebhookDeliver(Schema):
    """Which delivery: neither address nor secret is among the arguments of the job."""

    delivery = fields.String(
        required=True, validate=validate.Length(1, 40), metadata={"description": "id of a delivery in the log"}
    )


@job(queue=webhooks_queue, schema=WebhookDeliver, retry=RETRY_PRESETS["webhook"], timeout=30)
def webhook_deliver(ctx: Context, *, delivery: str) -> dict[str, Any]:
    """Send one delivery. Safe to repeat: each carries the delivery's id as `webhook-id`, by which receivers know it."""
    from dataclasses import asdict

    from research.webhooks.delivery import deliver

    last = ctx.number >= ctx.attempt.attempts
    return asdict(deliver(services.webhook_sender(), delivery, last=last))
