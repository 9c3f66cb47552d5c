"""Changing a job before it runs, by whoever has seen it as it is."""

from __future__ import annotations

import re
from typing import Any, Final

from flask import request
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from callboard.broker.client import require
from callboard.jobs.call import record_fields
from callboard.jobs.clock import to_ms
from callboard.jobs.encoding import encode
from callboard.jobs.policy import NORMAL
from callboard.jobs.record import Job
from callboard.jobs.states import BLOCKED, DELAYED, WAITING, possible_verbs
from web.api.calls import call_from
from web.api.job_schemas import TAG, JobOut, Priority
from web.api.jobs import job_answer, job_id
from web.audit import note
from web.problems import Problem
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("job_edit", __name__, url_prefix="/api/v1/jobs", description="Changes of a job")
ETAG: Final = re.compile(r'(?:W/)?"(\d{1,15})-\d{1,15}"\Z', re.ASCII)


class JobChange(Schema):
    """What is to change; what is left out stays."""

    args = fields.Dict(keys=fields.String(), metadata={"description": "all arguments by name, as the type takes them"})
    priority = Priority(metadata={"description": "critical, high, normal, low, or 1 to 100"})
    run_at = fields.AwareDateTime(metadata={"description": "for a job that is delayed to a time"})
    tags = fields.List(fields.String(validate=TAG), validate=validate.Length(max=50))

    @validates_schema
    def something(self, data: dict[str, Any], **_: Any) -> None:
        """A change changes something."""
        if not data:
            raise ValidationError("give args, priority, run_at or tags", "args")


@blueprint.route("/<id>")
class Edit(MethodView):
    """A job that does not run yet."""

    @blueprint.arguments(JobChange)
    @blueprint.response(200, JobOut)
    def patch(self, given: dict[str, Any], id: str) -> Any:
        """Change a job that does not run; with `If-Match` and its ETag only where it is as it was read."""
        services = here()
        job = services.store.get(job_id(id))
        version = seen_version(job)
        due_ms = to_ms(given["run_at"]) if "run_at" in given else None
        reply = services.client.edit(job.id, version, changes(job, given), due_ms)
        if reply == "CHANGED":
            raise changed(job.id)
        if reply in (WAITING, DELAYED, BLOCKED):
            words = "only a job that was delayed to a time has another time, and one between attempts is left alone"
            allowed = list(possible_verbs(reply))
            raise Problem(409, "not_possible", f"job {job.id} is {reply}: {words}", state=reply, allowed=allowed)
        require("edit", job.id, reply, "EDITED")
        note("edit", job.id, detail={"changed": sorted(given)})
        shown, headers = job_answer(job.id)
        return shown, 200, headers


def seen_version(job: Job) -> int:
    """The version that the caller has seen: that of `If-Match`, else the present one. Raises Problem."""
    given = request.headers.get("If-Match", "*").strip()
    if given == "*":
        return job.version
    match = ETAG.match(given)
    if match is None:
        raise Problem(400, "bad_etag", "If-Match: the ETag of an answer was expected")
    if int(match[1]) != job.version:
        raise changed(job.id)
    return int(match[1])


def changed(id: str) -> Problem:
    """The problem of a job that is not any more what the caller has seen."""
    return Problem(412, "changed", f"job {id} has changed since it was read; read it again")


def changes(job: Job, given: dict[str, Any]) -> dict[str, str | int]:
    """The fields of the record that are to be written, an empty one where that is the default. Raises Problem."""
    written: dict[str, str | int] = {}
    if "args" in given:
        # Limits go by arguments: who changes the one changes the other.
        flat = record_fields(call_from({"type": job.type, "args": given["args"]}))
        fresh = {str(name): value for name, value in zip(flat[::2], flat[1::2], strict=True)}
        written = {"args": "", "kwargs": fresh.get("kwargs", ""), "limits": fresh.get("limits", "")}
        written |= {"ties": 1} if "ties" in fresh else {}
    if "priority" in given:
        written["priority"] = "" if given["priority"] == NORMAL else given["priority"]
    if "tags" in given:
        written["tags"] = encode(given["tags"], "tags") if given["tags"] else ""
    return written
