"""The live stream over HTTP: events as they happen, of the whole, of a queue, a flow or a job."""

from __future__ import annotations

from typing import Any

from flask import request
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from web.api.jobs import known_job
from web.live.frames import Frame, Order, place, state_frame
from web.live.sse import stream
from web.live.topics import KINDS, BadTopic, topics
from web.problems import Problem
from web.shared_reads import reading_anew
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("events", __name__, url_prefix="/api/v1", description="The live stream")
LISTS = validate.Length(max=4_000)


class Watch(Schema):
    """What to watch."""

    topics = fields.String(
        load_default="",
        validate=LISTS,
        metadata={
            "description": "home, queue:<name>, job:<id>, flow:<id>, filter:<view>; several with commas",
            "example": "home",
        },
    )
    queue = fields.String(load_default="", validate=LISTS, metadata={"description": "names of queues, with commas"})
    job = fields.String(load_default="", validate=LISTS, metadata={"description": "ids of jobs, with commas"})
    flow = fields.String(load_default="", validate=LISTS, metadata={"description": "ids of flows, with commas"})
    filter = fields.String(load_default="", validate=LISTS, metadata={"description": "ids of saved views, with commas"})
    types = fields.String(
        load_default="",
        validate=LISTS,
        metadata={"description": "types of events, with commas; all where it is left out", "example": "job:failed"},
    )
    after = fields.String(metadata={"description": "go on after this event; the header Last-Event-ID does the same"})


class After(Schema):
    """Where to go on."""

    after = fields.String(metadata={"description": "go on after this event; the header Last-Event-ID does the same"})


@blueprint.route("/events")
class Events(MethodView):
    """The events of topics."""

    @blueprint.arguments(Watch, location="query")
    @blueprint.doc(responses={"200": {"description": "events", "content": {"text/event-stream": {}}}})
    def get(self, values: dict[str, Any]) -> Any:
        """Events as they happen, as server-sent events, until you leave."""
        words = [word for word in values["topics"].split(",") if word]
        for kind in KINDS:
            words += [f"{kind}:{name.strip()}" for name in values[kind].split(",") if name.strip()]
        try:
            chosen = topics(words)
        except BadTopic as error:
            raise _unfit("topics", error) from None
        if not chosen:
            raise _unfit("topics", "say what to watch: home, queue:<name>, job:<id>, flow:<id> or filter:<view>")
        types = frozenset(word.strip() for word in values["types"].split(",") if word.strip())
        return stream(chosen, types | {"resync"} if types else types, after_of(values))


@blueprint.route("/jobs/<id>/stream")
class JobStream(MethodView):
    """The events of one job."""

    @blueprint.arguments(After, location="query")
    @blueprint.doc(responses={"200": {"description": "events", "content": {"text/event-stream": {}}}})
    def get(self, values: dict[str, Any], id: str) -> Any:
        """The job as it is now, then its progress, log and end as they happen."""
        job, after = known_job(id), after_of(values)
        first = None if after else lambda newest: first_frame(newest, id)
        return stream(frozenset({f"job:{job.id}"}), after=after, first=first)


def first_frame(newest: str, id: str) -> Frame:
    """A job as it is once its events are listened to, and not as somebody has read it before. Raises JobMissing."""
    with reading_anew():
        return state_frame(newest, known_job(id))


def after_of(values: dict[str, Any]) -> Order | None:
    """Where the client left off: the header of a browser that comes back, else what it asked for. Raises Problem."""
    text = request.headers.get("Last-Event-ID") or values.get("after")
    try:
        return place(text) if text else None
    except ValueError as error:
        raise _unfit("after", error) from None


def _unfit(field: str, error: ValueError | str) -> Problem:
    return Problem(422, "invalid", str(error), errors=[{"field": field, "message": str(error)}])
