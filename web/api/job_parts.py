"""Parts of a job: attempts, log, progress, events, position, notes."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from flask import g
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from callboard.history.attempts import attempts_of
from callboard.history.estimates import estimate
from callboard.history.notes import add_note, notes_of
from callboard.jobs.states import FINAL
from web.api.job_schemas import Why
from web.api.jobs import known_job
from web.api.shared import shared_events
from web.audit import noted
from web.live.frames import masked
from web.problems import Problem
from web.services import here
from web.strict_blueprint import StrictBlueprint
from web.vocabulary import StateWord

blueprint = StrictBlueprint("job_parts", __name__, url_prefix="/api/v1/jobs/<id>", description="Parts of a job")
LONGEST_NOTE: Final = 4_000
LEVELS = ("debug", "info", "warning", "error", "critical")


class AttemptOut(Schema):
    """One run of a job."""

    fence = fields.Integer(metadata={"description": "counts the starts"})
    attempt = fields.Integer(metadata={"description": "counts those that were not given back"})
    worker = fields.String(allow_none=True)
    started_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    outcome = fields.String(
        allow_none=True, metadata={"description": "completed, retry, failed, released, cancelled or lost"}
    )
    error = fields.Raw(allow_none=True, metadata={"description": "class, type, message and traceback"})


class AttemptsOut(Schema):
    """The runs of a job."""

    id = fields.String()
    attempts = fields.List(fields.Nested(AttemptOut))


class LogOut(Schema):
    """Lines of a log."""

    id = fields.String()
    lines = fields.List(fields.Dict())
    next = fields.Integer(metadata={"description": "where to go on"})


class ProgressOut(Schema):
    """How far a job is."""

    id = fields.String()
    state = StateWord()
    progress = fields.Raw(allow_none=True)
    finishes_at = fields.AwareDateTime(allow_none=True)


class PositionOut(Schema):
    """The place of a job in its line."""

    id = fields.String()
    state = StateWord()
    place = fields.Integer(allow_none=True, metadata={"description": "how many are before it"})
    why = fields.Nested(Why, allow_none=True)
    starts_at = fields.AwareDateTime(allow_none=True)


class LogQuery(Schema):
    """Which lines."""

    after = fields.Integer(
        load_default=0, validate=validate.Range(0, 2**31), metadata={"description": "skip so many lines"}
    )
    level = fields.String(
        load_default="debug", validate=validate.OneOf(LEVELS), metadata={"description": "least level"}
    )


class EventsQuery(Schema):
    """Which events."""

    cursor = fields.String(validate=validate.Length(max=40), metadata={"description": "where another page goes on"})
    limit = fields.Integer(load_default=100, validate=validate.Range(1, 1_000))


class EventOut(Schema):
    """Something that has happened to a job."""

    id = fields.String(allow_none=True, metadata={"description": "its place in the stream, if it is still there"})
    event = fields.String(metadata={"example": "job:active"})
    at = fields.AwareDateTime(allow_none=True)
    version = fields.Integer(allow_none=True)
    source = fields.String(
        metadata={"description": "stream: the event itself; history: what the rows of the job tell of it"}
    )
    data = fields.Dict()


class EventsOut(Schema):
    """What has happened to a job."""

    id = fields.String()
    events = fields.List(fields.Nested(EventOut))
    next = fields.String(allow_none=True, metadata={"description": "cursor of the later ones"})


class NoteIn(Schema):
    """What is to be known about a job."""

    text = fields.String(required=True, validate=(validate.Length(1, LONGEST_NOTE), validate.Regexp(r"(?s).*\S")))


class NoteOut(Schema):
    """A note on a job."""

    id = fields.Integer()
    at = fields.AwareDateTime()
    who = fields.String()
    text = fields.String()


class NotesOut(Schema):
    """The notes on a job."""

    id = fields.String()
    notes = fields.List(fields.Nested(NoteOut))


@blueprint.route("/attempts")
class Attempts(MethodView):
    """The runs of a job."""

    @blueprint.response(200, AttemptsOut)
    def get(self, id: str) -> Any:
        """Each run with its times, worker, outcome and error, oldest first."""
        job = known_job(id)
        return {"id": job.id, "attempts": attempts_of(here().engine, here().store, job)}


@blueprint.route("/logs")
class Logs(MethodView):
    """The log of a job."""

    @blueprint.arguments(LogQuery, location="query")
    @blueprint.response(200, LogOut)
    def get(self, asked: dict[str, Any], id: str) -> Any:
        """Its lines from a level on; `next` is where to go on."""
        job = known_job(id)
        lines = here().store.log(job.id, asked["after"])
        least = LEVELS.index(asked["level"])
        shown = [line for line in lines if weight(line.get("level")) >= least]
        return {"id": job.id, "lines": shown, "next": asked["after"] + len(lines)}


def weight(level: Any) -> int:
    """How grave a line is; one that says nothing known is told as information."""
    return LEVELS.index(level if level in LEVELS else "info")


@blueprint.route("/progress")
class Progress(MethodView):
    """How far a job is."""

    @blueprint.response(200, ProgressOut)
    def get(self, id: str) -> Any:
        """Its progress, and when it is expected to end."""
        job = known_job(id)
        expected = None if job.state in FINAL else estimate(here().store, here().durations, job).finishes_at
        return {"id": job.id, "state": job.state, "progress": job.progress, "finishes_at": expected}


@blueprint.route("/events")
class Events(MethodView):
    """What has happened to a job."""

    @blueprint.arguments(EventsQuery, location="query")
    @blueprint.response(200, EventsOut)
    def get(self, asked: dict[str, Any], id: str) -> Any:
        """Its events, oldest first: those that are still kept, and before them what the history tells."""
        job, services = known_job(id), here()
        try:
            page = shared_events(job, asked.get("cursor"), asked["limit"])
        except ValueError as error:
            errors = [{"field": "query.cursor", "message": str(error)}]
            raise Problem(422, "invalid", str(error), errors=errors) from None
        events = [asdict(event) | {"data": masked(event.data, services.mask)} for event in page.events]
        return {"id": job.id, "events": events, "next": page.next}


@blueprint.route("/notes")
class Notes(MethodView):
    """What people have written about a job."""

    @blueprint.response(200, NotesOut)
    def get(self, id: str) -> Any:
        """The notes on it, oldest first."""
        job = known_job(id)
        return {"id": job.id, "notes": notes_of(here().engine, job.id)}

    @blueprint.arguments(NoteIn)
    @blueprint.response(201, NoteOut)
    def post(self, given: dict[str, Any], id: str) -> Any:
        """Write a note on it, under your name."""
        job = known_job(id)
        with noted("note", job.id) as session:
            return add_note(session, job.id, g.caller.name, given["text"], here().now_ms())


@blueprint.route("/position")
class Position(MethodView):
    """The place of a job in its line."""

    @blueprint.response(200, PositionOut)
    def get(self, id: str) -> Any:
        """How many are before it, why it waits, and when it is expected to start."""
        job, store = known_job(id), here().store
        if job.state in FINAL:
            return {"id": job.id, "state": job.state, "place": None, "why": None, "starts_at": None}
        reason, expected = store.why(job), estimate(store, here().durations, job)
        why = {"reason": reason[0], "until": reason[1]} if reason else None
        return {
            "id": job.id,
            "state": job.state,
            "place": store.place(job),
            "why": why,
            "starts_at": expected.starts_at,
        }
