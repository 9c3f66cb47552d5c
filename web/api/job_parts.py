"""Parts of a job: attempts, log, progress, events, position."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from callboard.history.attempts import attempts_of
from callboard.history.estimates import estimate
from callboard.jobs.states import FINAL
from web.api.job_schemas import Why
from web.api.jobs import known_job
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("job_parts", __name__, url_prefix="/api/v1/jobs/<id>", description="Parts of a job")
LEVELS = ("debug", "info", "warning", "error", "critical")


class AttemptsOut(Schema):
    """The runs of a job."""

    id = fields.String()
    attempts = fields.List(fields.Raw(), metadata={"description": "times, worker, outcome and error of each"})


class LogOut(Schema):
    """Lines of a log."""

    id = fields.String()
    lines = fields.List(fields.Dict())
    next = fields.Integer(metadata={"description": "where to go on"})


class ProgressOut(Schema):
    """How far a job is."""

    id = fields.String()
    state = fields.String()
    progress = fields.Raw(allow_none=True)
    finishes_at = fields.AwareDateTime(allow_none=True)


class PositionOut(Schema):
    """The place of a job in its line."""

    id = fields.String()
    state = fields.String()
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
