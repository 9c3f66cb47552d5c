"""Many jobs at once, and a job like another."""

from __future__ import annotations

from typing import Any, Final

from flask import url_for
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from callboard.broker.client import packed
from callboard.jobs.call import Call
from callboard.jobs.masking import unhidden
from web.api.calls import call_from
from web.api.job_schemas import JobOut, NewJob
from web.api.jobs import job_answer, known_job
from web.audit import note
from web.problems import Problem
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("job_more", __name__, url_prefix="/api/v1/jobs", description="More jobs")
MOST_JOBS: Final = 1_000


class Batch(Schema):
    """Jobs to be enqueued together."""

    jobs = fields.List(fields.Nested(NewJob), required=True, validate=validate.Length(1, MOST_JOBS))


class BatchItem(Schema):
    """What became of one."""

    id = fields.String()
    outcome = fields.String(metadata={"description": "accepted, or held by the live job of its unique key"})
    location = fields.String()


class BatchOut(Schema):
    """What became of each, in order."""

    jobs = fields.List(fields.Nested(BatchItem))
    accepted = fields.Integer()


class CloneIn(Schema):
    """What is to be different."""

    args = fields.Dict(
        keys=fields.String(), load_default=dict, metadata={"description": "instead of those of the same name"}
    )


@blueprint.route("/batch")
class BatchView(MethodView):
    """Many jobs."""

    @blueprint.arguments(Batch)
    @blueprint.response(202, BatchOut)
    def post(self, given: dict[str, Any]) -> Any:
        """Enqueue up to 1,000 jobs; where one of them does not fit, none, and the answer names what is wrong."""
        calls = calls_from(given["jobs"])
        for call in calls:
            packed(call)  # what cannot be kept is refused before the first is accepted
        ids = here().client.enqueue_many(calls)
        told = [
            {
                "id": id,
                "outcome": "accepted" if id == call.id else "held",
                "location": url_for("jobs.OneJob", id=id),
            }
            for id, call in zip(ids, calls, strict=True)
        ]
        return {"jobs": told, "accepted": sum(one["outcome"] == "accepted" for one in told)}


@blueprint.route("/<id>/clone")
class Clone(MethodView):
    """A job like another."""

    @blueprint.arguments(CloneIn)
    @blueprint.response(202, JobOut)
    def post(self, given: dict[str, Any], id: str) -> Any:
        """Enqueue a job like this one, with other arguments where some are given; not under its unique key."""
        job = known_job(id)
        if job.args:
            raise Problem(409, "not_possible", f"job {job.id} has arguments without a name")
        wishes = {"priority": job.priority, "attempts": job.attempts, "tags": job.tags, "meta": job.meta}
        more = {"fairness_key": job.fairness, "timeout_ms": job.timeout_ms}
        wishes |= {name: value for name, value in more.items() if value is not None}
        args = job.kwargs | unhidden(given["args"], job.kwargs)
        made = here().client.enqueue(call_from({"type": job.type, "args": args, **wishes}))
        note("clone", job.id, detail={"clone": made})
        shown, headers = job_answer(made)
        return shown, 202, headers


def calls_from(jobs: list[dict[str, Any]]) -> list[Call]:
    """The calls of a batch. Raises Problem, which tells of all that do not fit."""
    calls, wrong = [], []
    for place, job in enumerate(jobs):
        try:
            calls.append(call_from(job, f"jobs.{place}."))
        except Problem as problem:
            wrong.append(problem)
    if wrong:
        errors = [error for problem in wrong for error in problem.errors]
        words = f"{len(wrong)} of {len(jobs)} jobs do not fit, none was accepted: see errors"
        raise Problem(422, wrong[0].code, words, errors=errors)
    return calls
