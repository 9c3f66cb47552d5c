"""Another run of a finished job: as it was, with other arguments, from its checkpoint or from the start."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from callboard.broker.client import require
from callboard.history.forgotten import restore_of
from callboard.history.reconciler import Reconciler
from callboard.jobs.identity import kept_id, new_id
from callboard.jobs.masking import unhidden
from callboard.jobs.states import FINAL
from web.api.calls import fields_of_args
from web.api.job_schemas import JobOut
from web.api.jobs import job_answer, known_job
from web.audit import note
from web.problems import Problem
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("job_again", __name__, url_prefix="/api/v1/jobs", description="Another run of a job")


class AgainIn(Schema):
    """What is to be different."""

    args = fields.Dict(keys=fields.String(), metadata={"description": "instead of those of the same name"})
    from_checkpoint = fields.Boolean(
        metadata={
            "description": "go on from its checkpoint, or forget it; where this is left out, a job that failed or was "
            "cancelled goes on, and one that was completed begins anew"
        }
    )


@blueprint.route("/<id>/retry")
class Retry(MethodView):
    """Another run of a finished job."""

    @blueprint.arguments(AgainIn, required=False)
    @blueprint.response(202, JobOut)
    def post(self, given: dict[str, Any], id: str) -> Any:
        """Run a finished job again, one that only the history knows too."""
        services, known = here(), kept_id(id)
        changed = changed_fields(known, given["args"]) if "args" in given else {}
        request = new_id()
        wishes: dict[str, Any] = {"from_checkpoint": given.get("from_checkpoint"), "fields": changed}
        (reply,) = services.client.rerun(known, request=request, **wishes)
        if reply == "MISSING":
            reply = run_forgotten(known, request, wishes)
        if reply == "HELD":
            raise Problem(409, "unique_key_held", f"another live job has the unique key of job {known}")
        require("retry", known, reply, "WAITING")
        note("retry", known, detail={"changed": sorted(given)} if given else None)
        shown, headers = job_answer(known)
        return shown, 202, headers


def run_forgotten(id: str, request: str, wishes: dict[str, Any]) -> str:
    """Run a job again that only the history knows: one that has ended as is wished, one that is in doubt as it was.

    Answers as `rerun` does. Raises JobMissing, NotComparable, Problem.
    """
    services, job = here(), known_job(id)
    if job.state in FINAL:
        return restore_of(services.engine, services.client, request, **wishes)([id])[0]
    if wishes["fields"] or wishes["from_checkpoint"] is not None:
        words = (
            f"job {id} is in doubt, {job.state} to the history and unknown to Redis: it can only run again as it was"
        )
        raise Problem(409, "not_possible", words, state=job.state)
    return "WAITING" if id in Reconciler(services.engine, services.links).bring_back(id) else job.state


def changed_fields(id: str, args: dict[str, Any]) -> dict[str, str]:
    """The fields of the record for a job with other arguments. Raises JobMissing, Problem."""
    job = known_job(id)
    if job.args:
        raise Problem(409, "not_possible", f"job {job.id} has arguments without a name", state=job.state)
    return fields_of_args(job.type, job.kwargs | unhidden(args, job.kwargs))
