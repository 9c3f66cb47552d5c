"""Webhooks: who receives which events, what was sent, sending it again."""

from __future__ import annotations

from typing import Any, Final

from flask import g, url_for
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from callboard.history.database import reading
from callboard.jobs.clock import from_ms
from research.outbound.addresses import allowed
from research.webhooks import log, registry
from research.webhooks.filters import checked_filter
from research.webhooks.log import Delivery
from research.webhooks.registry import Webhook
from research.webhooks.testing import prepare_test
from web.audit import note, noted
from web.problems import blamed_on
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("webhooks", __name__, url_prefix="/api/v1/webhooks", description="Webhooks")
STATES: Final = ("waiting", "retrying", "delivered", "failed", "dropped")
NAMES: Final = validate.Length(max=50)
NAME: Final = validate.Length(1, 64)
MOST: Final = 200


class NewWebhook(Schema):
    """A receiver of events."""

    url = fields.String(
        required=True, validate=validate.Length(1, 2_000), metadata={"example": "https://lab.example/x"}
    )
    events = fields.List(
        fields.String(validate=NAME),
        load_default=list,
        validate=NAMES,
        metadata={"description": "events or patterns; job:completed and job:failed if left out"},
    )
    types = fields.List(fields.String(validate=NAME), load_default=list, validate=NAMES)
    queues = fields.List(fields.String(validate=NAME), load_default=list, validate=NAMES)
    about = fields.String(load_default="", validate=validate.Length(max=200))
    shape = fields.String(
        load_default="",
        validate=validate.OneOf(("", "slack")),
        metadata={"description": "slack: a text, as Slack, Mattermost and their like take it"},
    )
    secret = fields.String(
        validate=validate.Length(1, 200), metadata={"description": "what signs deliveries; made if left out"}
    )


class WebhookChange(Schema):
    """What is to change."""

    enabled = fields.Boolean()
    rotate = fields.Boolean(metadata={"description": "a new secret; the old one signs for another day"})

    @validates_schema
    def something(self, data: dict[str, Any], **_: Any) -> None:
        """A change changes something."""
        if "enabled" not in data and not data.get("rotate"):
            raise ValidationError("give enabled or rotate", "enabled")


class WebhookOut(Schema):
    """A receiver of events; of its URL only the host is shown."""

    id = fields.String()
    target = fields.String()
    about = fields.String()
    scope = fields.String(metadata={"description": "events, or job where single jobs name it"})
    shape = fields.String(metadata={"description": "slack, or empty for the event as it is"})
    events = fields.List(fields.String())
    types = fields.List(fields.String())
    queues = fields.List(fields.String())
    enabled = fields.Boolean()
    reason = fields.String(allow_none=True, metadata={"description": "why it is off"})
    created_at = fields.AwareDateTime()
    failing_since = fields.AwareDateTime(allow_none=True)
    delivered_at = fields.AwareDateTime(allow_none=True)
    secret = fields.String(metadata={"description": "shown only when it is made"})


class WebhookList(Schema):
    """All webhooks, oldest first."""

    webhooks = fields.List(fields.Nested(WebhookOut))


class DeliveryOut(Schema):
    """One event for one webhook."""

    id = fields.String()
    webhook = fields.String()
    event = fields.String()
    subject = fields.String()
    state = fields.String()
    attempts = fields.Integer()
    status = fields.Integer(allow_none=True, metadata={"description": "of the last answer"})
    error = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()
    tried_at = fields.AwareDateTime(allow_none=True)


class DeliveryQuery(Schema):
    """Which deliveries."""

    state = fields.String(validate=validate.OneOf(STATES))
    limit = fields.Integer(load_default=50, metadata={"description": f"at most so many, {MOST} at the most"})


class DeliveryList(Schema):
    """Deliveries, newest first."""

    deliveries = fields.List(fields.Nested(DeliveryOut))


class Replayed(Schema):
    """The job that sends it again."""

    delivery = fields.String()
    job = fields.String()


@blueprint.route("")
class Webhooks(MethodView):
    """All webhooks."""

    @blueprint.response(200, WebhookList)
    def get(self) -> Any:
        """All webhooks; their secrets are shown to nobody."""
        with reading(here().engine) as session:
            return {"webhooks": [values(webhook) for webhook in registry.every(session)]}

    @blueprint.arguments(NewWebhook)
    @blueprint.response(201, WebhookOut)
    def post(self, given: dict[str, Any]) -> Any:
        """Send events to a URL from now on; the secret that signs them is shown here and never again."""
        services = here()
        with blamed_on("events"):
            wanted = checked_filter(given["events"], given["types"], given["queues"])
        allow = allowed(services.settings.outbound_allow or ())
        said = {
            "about": given["about"],
            "shape": given["shape"],
            "secret": given.get("secret"),
            "at_ms": services.now_ms(),
            "allow": allow,
        }
        with noted("webhook.create", given["about"] or "webhook") as session, blamed_on("secret"):
            made, secret = registry.add(session, given["url"], wanted, **said)
        g.secret_answer = True
        headers = {"Location": url_for("webhooks.OneWebhook", id=made.id)}
        return values(made) | {"secret": secret}, 201, headers


@blueprint.route("/<id>")
class OneWebhook(MethodView):
    """One webhook."""

    @blueprint.response(200, WebhookOut)
    def get(self, id: str) -> Any:
        """A webhook."""
        with reading(here().engine) as session:
            return values(registry.get(session, id))

    @blueprint.arguments(WebhookChange)
    @blueprint.response(200, WebhookOut)
    def patch(self, given: dict[str, Any], id: str) -> Any:
        """Switch it on or off, give it a new secret."""
        shown: dict[str, Any] = {}
        with noted("webhook.change", id, detail=given) as session:
            if "enabled" in given:
                registry.switch(session, id, on=given["enabled"])
            if given.get("rotate"):
                shown = {"secret": registry.rotate(session, id, here().now_ms())}
            return values(registry.get(session, id)) | shown

    @blueprint.response(204)
    def delete(self, id: str) -> None:
        """Forget it and its secret; deliveries that are due to it are dropped."""
        with noted("webhook.remove", id) as session:
            registry.remove(session, id)


@blueprint.route("/<id>/deliveries")
class Deliveries(MethodView):
    """What was sent to a webhook."""

    @blueprint.arguments(DeliveryQuery, location="query")
    @blueprint.response(200, DeliveryList)
    def get(self, asked: dict[str, Any], id: str) -> Any:
        """What was sent to it, newest first."""
        limit = max(1, min(asked["limit"], MOST))
        with reading(here().engine) as session:
            webhook = registry.get(session, id)
            found = log.latest(session, webhook.id, state=asked.get("state"), limit=limit)
            return {"deliveries": [delivery_values(one) for one in found]}


@blueprint.route("/<id>/test")
class Test(MethodView):
    """A delivery that only says that a webhook works."""

    @blueprint.response(202, Replayed)
    def post(self, id: str) -> Any:
        """Send it an event `webhook:test`; its deliveries tell how that was answered."""
        services = here()
        delivery = prepare_test(services.engine, id, services.now_ms())
        note("webhook.test", id)
        job = services.client.enqueue(services.types["webhook_deliver"].call(delivery=delivery))
        return {"delivery": delivery, "job": job}, 202, {"Location": url_for("jobs.OneJob", id=job)}


@blueprint.route("/<id>/deliveries/<delivery>/replay")
class Replay(MethodView):
    """A delivery once more."""

    @blueprint.response(202, Replayed)
    def post(self, id: str, delivery: str) -> Any:
        """Send it once more, under the same webhook-id, so that the receiver knows what it has had."""
        services = here()
        with noted("webhook.replay", delivery) as session:
            registry.get(session, id)
            log.set_state(session, log.get(session, delivery).id, log.WAITING)
        job = services.client.enqueue(services.types["webhook_deliver"].call(delivery=delivery))
        return {"delivery": delivery, "job": job}, 202, {"Location": url_for("jobs.OneJob", id=job)}


def values(webhook: Webhook) -> dict[str, Any]:
    """A webhook as JSON values."""
    same = ("id", "target", "about", "scope", "shape", "enabled", "reason")
    times = {"created_at": "created_ms", "failing_since": "failing_ms", "delivered_at": "delivered_ms"}
    lists = {"types": list(webhook.filter.types), "queues": list(webhook.filter.queues)}
    events = list(webhook.filter.events) if webhook.scope == registry.EVENTS else []
    told = {name: getattr(webhook, name) for name in same}
    return told | lists | {"events": events} | {name: from_ms(getattr(webhook, ms)) for name, ms in times.items()}


def delivery_values(delivery: Delivery) -> dict[str, Any]:
    """A delivery as JSON values, without its body."""
    same = ("id", "webhook", "event", "subject", "state", "attempts", "status", "error")
    times = {"created_at": from_ms(delivery.created_ms), "tried_at": from_ms(delivery.tried_ms)}
    return {name: getattr(delivery, name) for name in same} | times
