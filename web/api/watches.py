"""Alerts of one's own: searches that are watched; what was told of alerts, and telling it for a test."""

from __future__ import annotations

from typing import Any, Final

from flask import g, url_for
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from callboard.history.database import reading
from callboard.history.notification_models import AlertFiringRow, AlertWatchRow
from callboard.jobs.clock import from_ms
from callboard.jobs.identity import new_id
from research.notifications import firings, watches
from research.notifications.notices import Notice, add_notice
from research.notifications.rules import CHANNELS, MAIL, NOTICE, rules
from research.notifications.services import ADMINISTRATORS
from web.api.job_list import LONGEST_QUERY
from web.audit import note, noted
from web.problems import Problem
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("watches", __name__, url_prefix="/api/v1/alerts", description="Alerts on searches")
MOST: Final = 200
NAME: Final = validate.And(
    validate.Length(1, 100), validate.Regexp(r"\S(.*\S)?\Z", error="begins or ends with a space")
)
ABOVE: Final = validate.Range(0, 1_000_000_000)
TESTED: Final = "This is a test of Callboard's alerts, asked for by"


class WatchChange(Schema):
    """What is to change; what is left out stays."""

    name = fields.String(validate=NAME)
    query = fields.String(validate=validate.Length(max=LONGEST_QUERY), metadata={"example": "state:failed type:mail"})
    above = fields.Integer(strict=True, validate=ABOVE, metadata={"description": "tell when more jobs fit than these"})
    enabled = fields.Boolean()

    @validates_schema
    def something(self, data: dict[str, Any], **_: Any) -> None:
        """A change changes something."""
        if not data:
            raise ValidationError("give name, query, above or enabled", "name")


class NewWatch(Schema):
    """A search of which somebody is told when more jobs fit it than a number."""

    name = fields.String(required=True, validate=NAME)
    query = fields.String(required=True, validate=validate.Length(1, LONGEST_QUERY))
    above = fields.Integer(
        required=True, strict=True, validate=ABOVE, metadata={"description": "tell when more jobs fit", "example": 50}
    )


class WatchOut(Schema):
    """A search that is watched."""

    id = fields.String()
    name = fields.String()
    query = fields.String()
    above = fields.Integer()
    enabled = fields.Boolean()
    count = fields.Integer(allow_none=True, metadata={"description": "jobs that fitted when last looked"})
    counted_at = fields.AwareDateTime(allow_none=True)
    created_by = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()


class WatchList(Schema):
    """All watches by name."""

    watches = fields.List(fields.Nested(WatchOut))


class LatestFirings(Schema):
    """How many."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST))


class AlertFiringOut(Schema):
    """One time that somebody was told of a condition."""

    key = fields.String()
    rule = fields.String()
    subject = fields.String()
    count = fields.Integer()
    cause = fields.String()
    since = fields.AwareDateTime()
    fired_at = fields.AwareDateTime()
    resolved_at = fields.AwareDateTime(allow_none=True, metadata={"description": "null while it holds"})


class AlertFirings(Schema):
    """What was told, the newest first."""

    firings = fields.List(fields.Nested(AlertFiringOut))


class AlertTestIn(Schema):
    """By which channel."""

    channel = fields.String(required=True, validate=validate.OneOf(CHANNELS))


class AlertTestOut(Schema):
    """What was sent."""

    channel = fields.String()
    to = fields.List(fields.String())
    job = fields.String(allow_none=True, metadata={"description": "the job that sends the mail"})


@blueprint.route("")
class NewAlert(MethodView):
    """An alert of one's own."""

    @blueprint.arguments(NewWatch)
    @blueprint.response(201, WatchOut)
    def post(self, given: dict[str, Any]) -> Any:
        """Tell administrators, by the channels of the rule `view`, when more jobs fit a search than a number."""
        with noted("alert.watch", given["name"], detail=given) as session:
            row = watches.create(session, **given, now_ms=here().now_ms(), by=g.caller.name)
            shown = values(row)
        return shown, 201, {"Location": url_for("watches.OneWatch", id=shown["id"])}


@blueprint.route("/watches")
class Watches(MethodView):
    """All watches."""

    @blueprint.response(200, WatchList)
    def get(self) -> Any:
        """The searches that are watched, by name, with how many jobs fitted when last looked."""
        with reading(here().engine) as session:
            return {"watches": [values(row) for row in watches.every(session)]}


@blueprint.route("/watches/<id>")
class OneWatch(MethodView):
    """One watch."""

    @blueprint.arguments(WatchChange)
    @blueprint.response(200, WatchOut)
    def patch(self, given: dict[str, Any], id: str) -> Any:
        """Change a watched search, or switch it on or off."""
        with noted("alert.watch", id, detail=given) as session:
            return values(watches.change(session, id, **given))

    @blueprint.response(204)
    def delete(self, id: str) -> None:
        """Watch it no more."""
        with noted("alert.unwatch", id) as session:
            watches.remove(session, id)


@blueprint.route("/firings")
class Firings(MethodView):
    """The history of alerts."""

    @blueprint.arguments(LatestFirings, location="query")
    @blueprint.response(200, AlertFirings)
    def get(self, asked: dict[str, Any]) -> Any:
        """What was told of conditions and when they were over, the newest first."""
        with reading(here().engine) as session:
            return {"firings": [firing_values(row) for row in firings.latest(session, asked["limit"])]}


@blueprint.route("/test")
class TestChannel(MethodView):
    """A test of a channel."""

    @blueprint.arguments(AlertTestIn)
    @blueprint.response(202, AlertTestOut)
    def post(self, given: dict[str, Any]) -> Any:
        """Tell administrators that this is a test, by mail or by a notice."""
        if given["channel"] == NOTICE:
            with noted("alert.test", NOTICE) as session:
                at_ms = here().now_ms()
                add_notice(
                    session, Notice(new_id(), ADMINISTRATORS, "test", "A test", f"{TESTED} {g.caller.name}.", at_ms)
                )
            return {"channel": NOTICE, "to": [ADMINISTRATORS], "job": None}
        return send_mail(recipients())


def recipients() -> list[str]:
    """Whom mails about conditions reach. Raises Problem."""
    with reading(here().engine) as session:
        own = {one for rule in rules(session).values() if MAIL in rule.channels for one in rule.addresses}
    found = sorted(own | set(here().settings.notify_admins or ()))
    if not found:
        raise Problem(409, "not_possible", "nobody gets mail", hint="set NOTIFY_ADMINS, or addresses of a rule")
    return found


def send_mail(to: list[str]) -> dict[str, Any]:
    """Enqueue the mail of a test."""
    at = f"{from_ms(here().now_ms()):%Y-%m-%d %H:%M} UTC"
    line = {"cause": "This is only a test", "advice": f"{TESTED} {g.caller.name}.", "since": at, "lasted": "0.0 s"}
    call = here().types["email_send"].call(to=to, template="conditions", data={"fired": [line], "resolved": []})
    job = here().client.enqueue(call)
    note("alert.test", MAIL, count=len(to))
    return {"channel": MAIL, "to": to, "job": job}


def values(row: AlertWatchRow) -> dict[str, Any]:
    """A watch as JSON values."""
    same = ("id", "name", "query", "above", "enabled", "count", "created_by")
    times = {"counted_at": from_ms(row.counted_ms), "created_at": from_ms(row.created_ms)}
    return {name: getattr(row, name) for name in same} | times


def firing_values(row: AlertFiringRow) -> dict[str, Any]:
    """A firing as JSON values."""
    same = {name: getattr(row, name) for name in ("key", "rule", "subject", "count", "cause")}
    times = {"since": from_ms(row.since_ms), "fired_at": from_ms(row.fired_ms), "resolved_at": from_ms(row.resolved_ms)}
    return same | times
