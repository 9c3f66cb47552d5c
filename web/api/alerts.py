"""Alerts: what needs attention, the rules by which that is known, and whom nobody wakes for a while."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from callboard.history.database import reading
from callboard.jobs.clock import from_ms
from research.notifications import alerts
from research.notifications.rules import NAMES, Rule, change, restore, rules
from web.api.shared import shared_attention
from web.api.stat_schemas import Findings
from web.audit import noted
from web.problems import Problem
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("alerts", __name__, url_prefix="/api/v1/alerts", description="Alerts")
LONGEST_MS: Final = 366 * 86_400_000


class RuleChange(Schema):
    """What is to change of a rule; what is left out stays."""

    enabled = fields.Boolean()
    channels = fields.List(fields.String(validate=validate.Length(1, 32)), validate=validate.Length(max=10))
    addresses = fields.List(
        fields.String(validate=validate.Length(1, 320)),
        validate=validate.Length(max=50),
        metadata={"description": "instead of the administrators of the settings"},
    )
    numbers = fields.Dict(
        keys=fields.String(),
        values=fields.Float(validate=validate.Range(0, 1e12)),
        metadata={"example": {"waiting": 5}},
    )

    @validates_schema
    def something(self, data: dict[str, Any], **_: Any) -> None:
        """A change changes something."""
        if not data:
            raise ValidationError("give enabled, channels, addresses or numbers", "enabled")


class RuleOut(Schema):
    """A rule."""

    name = fields.String()
    about = fields.String(metadata={"description": "who is told of what"})
    enabled = fields.Boolean()
    channels = fields.List(fields.String())
    addresses = fields.List(fields.String())
    numbers = fields.Dict(keys=fields.String(), values=fields.Float())
    silenced_until = fields.AwareDateTime(allow_none=True)


class RuleList(Schema):
    """The rules."""

    rules = fields.List(fields.Nested(RuleOut))


class SilenceIn(Schema):
    """For how long."""

    for_ms = fields.Integer(load_default=3_600_000, strict=True, validate=validate.Range(1_000, LONGEST_MS))
    note = fields.String(validate=validate.Length(max=500), metadata={"description": "for those who wonder why"})


class SilenceOut(Schema):
    """A silence."""

    condition = fields.String()
    silenced_until = fields.AwareDateTime(allow_none=True)


@blueprint.route("")
class Alerts(MethodView):
    """What needs attention."""

    @blueprint.response(200, Findings)
    def get(self) -> Any:
        """What needs attention, the gravest first, also that of which nobody is told for now."""
        found = shared_attention(silenced=True)
        return {"attention": [asdict(finding) | {"key": finding.key} for finding in found]}


@blueprint.route("/rules")
class Rules(MethodView):
    """All rules."""

    @blueprint.response(200, RuleList)
    def get(self) -> Any:
        """The rules: what is watched, with which thresholds, and how it is told."""
        with reading(here().engine) as session:
            return {"rules": [values(rule) for rule in rules(session).values()]}


@blueprint.route("/rules/<name>")
class OneRule(MethodView):
    """One rule."""

    @blueprint.arguments(RuleChange)
    @blueprint.response(200, RuleOut)
    def patch(self, given: dict[str, Any], name: str) -> Any:
        """Change a rule; what is left out stays."""
        known(name)
        with noted("alert.rule", name, detail=given) as session:
            return values(change(session, name, **given))

    @blueprint.response(200, RuleOut)
    def delete(self, name: str) -> Any:
        """Forget what was changed of a rule."""
        known(name)
        with noted("alert.default", name) as session:
            return values(restore(session, name))


@blueprint.route("/<condition>/silence")
class Silence(MethodView):
    """Quiet about a condition or a rule."""

    @blueprint.arguments(SilenceIn)
    @blueprint.response(200, SilenceOut)
    def put(self, given: dict[str, Any], condition: str) -> Any:
        """Tell nobody of a condition, or of all of a rule, for a while."""
        return silenced(condition, here().store.now_ms() + given["for_ms"], given.get("note"))

    @blueprint.response(200, SilenceOut)
    def delete(self, condition: str) -> Any:
        """Tell of it again."""
        return silenced(condition, 0)


def silenced(condition: str, until_ms: int, note: str | None = None) -> dict[str, Any]:
    """Silence a condition or a rule until a time. Raises Problem, UnknownAlert."""
    known(condition.partition(":")[0])
    detail = {"until_ms": until_ms} | ({"note": note} if note else {})
    with noted("alert.silence", condition, detail=detail) as session:
        if ":" in condition:
            now_ms = here().store.now_ms()
            alerts.silence(session, condition[:250], until_ms=until_ms, now_ms=now_ms, note=note)
        else:
            change(session, condition, silenced_until_ms=until_ms)
    return {"condition": condition, "silenced_until": from_ms(until_ms or None)}


def known(name: str) -> None:
    """Raise Problem for a rule that there is not."""
    if name not in NAMES:
        raise Problem(404, "not_found", f"rule {name[:100]} is unknown; there are {', '.join(NAMES)}")


def values(rule: Rule) -> dict[str, Any]:
    """A rule as JSON values."""
    lists = {"channels": list(rule.channels), "addresses": list(rule.addresses), "numbers": dict(rule.numbers)}
    until = from_ms(rule.silenced_until_ms or None)
    return {"name": rule.name, "about": rule.about, "enabled": rule.enabled, **lists, "silenced_until": until}
