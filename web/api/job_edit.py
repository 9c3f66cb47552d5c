"""Changing a job that does not run, by whoever has seen it as it is."""

from __future__ import annotations

import re
from typing import Any, Final

from flask import request
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from callboard.broker.client import require
from callboard.jobs.change import TAGS_MOST, Change, priority_fields
from callboard.jobs.encoding import encode
from callboard.jobs.identity import kept_id
from callboard.jobs.masking import unhidden
from callboard.jobs.record import Job
from callboard.jobs.states import BLOCKED, possible_verbs
from web.api.calls import fields_of_args, stamp, target_queue
from web.api.job_schemas import TAG, JobOut, Priority
from web.api.jobs import job_answer
from web.audit import note
from web.problems import Problem
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("job_edit", __name__, url_prefix="/api/v1/jobs", description="Changes of a job")
SOME: Final = validate.Length(1, TAGS_MOST)
ETAG: Final = re.compile(r'(?:W/)?"(\d{1,15})-\d{1,15}"\Z', re.ASCII)


class JobChange(Schema):
    """What is to change; what is left out stays."""

    args = fields.Dict(
        keys=fields.String(),
        metadata={
            "description": "all arguments by name, as the type takes them; what was shown hidden and comes so stays"
        },
    )
    priority = Priority(metadata={"description": "critical, high, normal, low, or 1 to 100"})
    run_at = fields.AwareDateTime(
        metadata={"description": "not before this time; a job that waits is delayed until then"}
    )
    queue = fields.String(validate=validate.Length(1, 100), metadata={"description": "the queue to move it to"})
    tags = fields.List(
        fields.String(validate=TAG),
        validate=validate.Length(max=TAGS_MOST),
        metadata={"description": "in place of all its tags; tags may be changed in every state"},
    )
    add_tags = fields.List(fields.String(validate=TAG), validate=SOME, metadata={"description": "beside its tags"})
    remove_tags = fields.List(
        fields.String(validate=TAG), validate=SOME, metadata={"description": "no more among its tags"}
    )

    @validates_schema
    def something(self, data: dict[str, Any], **_: Any) -> None:
        """A change changes something."""
        if not data:
            raise ValidationError("give args, priority, run_at, queue or tags", "args")
        if "tags" in data and ("add_tags" in data or "remove_tags" in data):
            raise ValidationError("give tags, or what to add and remove, not both", "tags")


@blueprint.route("/<id>")
class Edit(MethodView):
    """A job that does not run yet."""

    @blueprint.arguments(JobChange)
    @blueprint.response(200, JobOut)
    def patch(self, given: dict[str, Any], id: str) -> Any:
        """Change a job that does not run; with `If-Match` and its ETag only where it is as it was read."""
        services = here()
        job = services.store.get(kept_id(id))
        version = seen_version(job)
        (reply,) = services.client.edit(change_of(job, given), job.id, version=version)
        if reply == "CHANGED":
            raise changed(job.id)
        if reply == "CROWDED":
            words = f"job {job.id} would have more than {TAGS_MOST} tags"
            raise Problem(422, "invalid", words, errors=[{"field": "add_tags", "message": words}])
        if reply == BLOCKED:
            words = f"job {job.id} is blocked: it has no time of its own, it waits for the steps before it"
            raise Problem(409, "not_possible", words, state=reply, allowed=list(possible_verbs(reply)))
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


def change_of(job: Job, given: dict[str, Any]) -> Change:
    """The change that a body asks for, an empty field where that is the default. Raises Problem."""
    written = fields_of_args(job.type, unhidden(given["args"], job.kwargs)) if "args" in given else {}
    if "priority" in given:
        written |= priority_fields(given["priority"])
    if "tags" in given:
        written["tags"] = encode(given["tags"], "tags") if given["tags"] else ""
    due_ms = stamp(given["run_at"]) if "run_at" in given else None
    tags, untags = tuple(given.get("add_tags", ())), tuple(given.get("remove_tags", ()))
    return Change(written, tags, untags, queue=target_queue(given["queue"]) if "queue" in given else "", due_ms=due_ms)
