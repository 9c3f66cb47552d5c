"""What has happened lately: the events that are still in the stream, to be read back, filtered and taken along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson
from flask import Response
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from callboard.broker.past_events import PastEvents, past_events
from callboard.broker.stream import Event, place
from callboard.jobs.identity import kept_id
from web.live.frames import LOG, envelope, masked
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("event_log", __name__, url_prefix="/api/v1", description="Past events")
MOST: Final = 1_000
# All who look share what was read within the last second, so that many cost no more than one.
SHARED: Final = 500
KEPT_FOR: Final = 1.0
ID: Final = validate.Regexp(r"\d{1,20}(-\d{1,20})?\Z", error="expected an id of an event, such as 1700000000000-0")


class PastQuery(Schema):
    """Which events."""

    types = fields.String(
        load_default="",
        validate=validate.Length(max=1_000),
        metadata={"description": "types or their beginnings, with commas; all but job:log if left out"},
    )
    job = fields.String(load_default="", validate=validate.Length(max=200), metadata={"description": "of this job"})
    queue = fields.String(load_default="", validate=validate.Length(max=200), metadata={"description": "of this queue"})
    before = fields.String(validate=ID, metadata={"description": "this event and those before it"})
    after = fields.String(validate=ID, metadata={"description": "only those after this event"})
    limit = fields.Integer(load_default=100, validate=validate.Range(1, MOST))
    format = fields.String(load_default="json", validate=validate.OneOf(("json", "ndjson")))


class EventLog(Schema):
    """Events, the newest first."""

    events = fields.List(fields.Raw(metadata={"description": "as the live stream sends them"}))
    next = fields.String(allow_none=True, metadata={"description": "`before` of the older ones; null at the begin"})
    newest = fields.String(allow_none=True, metadata={"description": "id of the newest event of all"})
    per_second = fields.Float(metadata={"description": "events of all kinds, by the newest of them"})


@blueprint.route("/events/log")
class EventLogView(MethodView):
    """Events that have happened."""

    @blueprint.arguments(PastQuery, location="query")
    @blueprint.response(200, EventLog)
    def get(self, asked: dict[str, Any]) -> Any:
        """The events that are still in the stream, newest first; as NDJSON too."""
        services = here()
        tail = services.kept.get("events", KEPT_FOR, lambda: past_events(services.links, limit=SHARED))
        found = chosen(tail, asked)
        events = [orjson.loads(envelope(event, masked(event.values, services.mask))) for event in found.events]
        if asked["format"] == "ndjson":
            return taken_along(events)
        newest = tail.events[0].id if tail.events else None
        return {"events": events, "next": found.next, "newest": newest, "per_second": per_second(tail.events)}


def chosen(tail: PastEvents, asked: dict[str, Any]) -> PastEvents:
    """The events that are asked for: of those that were read for all, where these reach far enough."""
    wanted, limit, after = wanting(asked), asked["limit"], asked.get("after")
    if after is not None and tail.events and place(after) >= place(tail.events[-1].id):
        return PastEvents([event for event in tail.events if wanted(event)][:limit], None)
    return past_events(here().links, asked.get("before", "+"), limit, wanted=wanted)


def wanting(asked: dict[str, Any]) -> Callable[[Event], bool]:
    """Whether an event is one of those that are asked for."""
    types = tuple(word.strip() for word in asked["types"].split(",") if word.strip())
    after = place(asked["after"]) if "after" in asked else (0, 0)
    job = kept_id(asked["job"])
    queue = asked["queue"].strip()

    def wanted(event: Event) -> bool:
        fits = event.event.startswith(types) if types else bool(job) or event.event != LOG
        return fits and job in ("", event.job) and queue in ("", event.queue) and place(event.id) > after

    return wanted


def per_second(events: list[Event]) -> float:
    """How many events a second there are, by the newest ones and up to now; over ten seconds at least."""
    if not events:
        return 0.0
    return round(len(events) / max(10.0, (here().now_ms() - events[-1].at_ms) / 1000), 2)


def taken_along(events: list[Any]) -> Response:
    """Events as a file, one a line."""
    lines = b"".join(orjson.dumps(event) + b"\n" for event in events)
    headers = {"Content-Disposition": 'attachment; filename="events.ndjson"'}
    return Response(lines, mimetype="application/x-ndjson", headers=headers)
