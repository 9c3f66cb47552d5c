"""What was sent to webhooks, to all of them together, and each time that one delivery was."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from callboard.history.database import reading
from callboard.jobs.clock import from_ms
from callboard.jobs.encoding import decode
from research.webhooks import log
from web.api.webhooks import STATES, DeliveryList, DeliveryOut, delivery_values
from web.live.frames import masked
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint(
    "deliveries", __name__, url_prefix="/api/v1/webhooks/deliveries", description="What was sent to webhooks"
)
MOST: Final = 1_000


class AnyDeliveryQuery(Schema):
    """Which deliveries."""

    webhook = fields.String(validate=validate.Length(1, 64), metadata={"description": "only those to this webhook"})
    state = fields.String(validate=validate.OneOf(STATES))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST))


class DeliveryAttemptOut(Schema):
    """One time a delivery was sent."""

    number = fields.Integer()
    at = fields.AwareDateTime()
    took_ms = fields.Integer()
    status = fields.Integer(allow_none=True, metadata={"description": "of the answer, none where there was none"})
    error = fields.String(allow_none=True)
    excerpt = fields.String(allow_none=True, metadata={"description": "the begin of the answer"})


class WholeDelivery(DeliveryOut):
    """A delivery with what was sent."""

    body = fields.Raw(metadata={"description": "what was sent, secrets hidden"})
    log = fields.List(fields.Nested(DeliveryAttemptOut), metadata={"description": "each time it was sent, in order"})


@blueprint.route("")
class AllDeliveries(MethodView):
    """What was sent."""

    @blueprint.arguments(AnyDeliveryQuery, location="query")
    @blueprint.response(200, DeliveryList)
    def get(self, asked: dict[str, Any]) -> Any:
        """What was sent to all webhooks or to one, newest first."""
        with reading(here().engine) as session:
            found = log.latest(session, asked.get("webhook"), state=asked.get("state"), limit=asked["limit"])
            return {"deliveries": [delivery_values(one) for one in found]}


@blueprint.route("/<delivery>")
class OneDelivery(MethodView):
    """One delivery."""

    @blueprint.response(200, WholeDelivery)
    def get(self, delivery: str) -> Any:
        """A delivery, what was sent, and each time that it was with how it was answered."""
        with reading(here().engine) as session:
            found, attempts = log.get(session, delivery), log.attempts(session, delivery)
        body = masked(decode(found.body, "body"), here().mask)
        rows = [asdict(one) | {"at": from_ms(one.at_ms)} for one in attempts]
        return delivery_values(found) | {"body": body, "log": rows}
