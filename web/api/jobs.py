"""Jobs: create, list, show, and what may be done with one."""

from __future__ import annotations

import time
from typing import Any, Final

from flask import request, url_for
from flask.views import MethodView

from callboard.broker.client import require
from callboard.history.past import find_job
from callboard.history.whole_job import whole_job
from callboard.jobs.identity import kept_id
from callboard.jobs.record import Job
from callboard.jobs.states import COMPLETED, FINAL, possible_verbs
from web.api.calls import call_from
from web.api.job_schemas import JobOut, NewJob, ResultOut
from web.audit import note
from web.live.waiting import wait_for_end
from web.problems import Problem
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("jobs", __name__, url_prefix="/api/v1/jobs", description="Jobs")
LONGEST_WAIT: Final = 30.0


@blueprint.route("")
class Jobs(MethodView):
    """All jobs."""

    @blueprint.arguments(NewJob)
    @blueprint.response(202, JobOut)
    @blueprint.alt_response(200, schema=JobOut, success=True)
    def post(self, values: dict[str, Any]) -> Any:
        """Enqueue a job. With `Prefer: wait=10` the answer waits up to so many seconds for its end."""
        services = here()
        id = services.client.enqueue(call_from(values))
        if wait := preferred_wait():
            wait_for_end(id, wait)
        shown, headers = job_answer(id)
        return shown, 200 if shown["state"] in FINAL else 202, headers


@blueprint.route("/<id>")
class OneJob(MethodView):
    """One job."""

    @blueprint.response(200, JobOut)
    @blueprint.alt_response(304, success=True)
    def get(self, id: str) -> Any:
        """Everything about a job; with the ETag of an earlier answer, whether it has changed since."""
        shown, headers = job_answer(id)
        if request.if_none_match.contains_weak(headers["ETag"][3:-1]):
            return "", 304, headers
        return shown, 200, headers

    @blueprint.response(204)
    def delete(self, id: str) -> None:
        """Forget a finished job; its row in the history stays."""
        (reply,) = here().client.remove(kept_id(id))
        if reply == "IN_FLOW":
            raise Problem(409, "flow_runs", f"job {id} is a step of a flow that runs")
        require("remove", id, reply, "REMOVED")
        note("remove", id)


@blueprint.route("/<id>/cancellation")
class Cancellation(MethodView):
    """The wish that a job be cancelled."""

    @blueprint.response(200, JobOut)
    @blueprint.alt_response(202, schema=JobOut, success=True)
    def put(self, id: str) -> Any:
        """Cancel a job: at once where it does not run (200), asked first where it does (202)."""
        (reply,) = here().client.cancel(kept_id(id))
        stage = require("cancel", id, reply, "CANCELLED", "CANCELLING")
        note("cancel", id)
        shown, headers = job_answer(id)
        return shown, 202 if stage == "CANCELLING" else 200, headers

    @blueprint.response(200, JobOut)
    def delete(self, id: str) -> Any:
        """Withdraw the cancellation of a job that was asked to stop and has not: it goes on."""
        known = kept_id(id)
        (reply,) = here().client.withdraw(known)
        if reply not in ("WITHDRAWN", "MISSING"):
            words = f"the cancellation of job {known} cannot be withdrawn: it is {reply}, and not asked to stop"
            raise Problem(409, "not_possible", words, state=reply, allowed=list(possible_verbs(reply)))
        require("withdraw the cancellation of", known, reply, "WITHDRAWN")
        note("withdraw", known)
        shown, headers = job_answer(known)
        return shown, 200, headers


@blueprint.route("/<id>/promotion")
class Promotion(MethodView):
    """An earlier start of a delayed job."""

    @blueprint.response(202, JobOut)
    def post(self, id: str) -> Any:
        """Run a delayed job now."""
        (reply,) = here().client.promote(kept_id(id))
        require("promote", id, reply, "WAITING", "waiting")
        note("promote", id)
        shown, headers = job_answer(id)
        return shown, 202, headers


@blueprint.route("/<id>/result")
class Result(MethodView):
    """What a job returned."""

    @blueprint.response(200, ResultOut)
    @blueprint.alt_response(202, schema=ResultOut, success=True)
    def get(self, id: str) -> Any:
        """The result: 202 while there is none, 409 where there never will be one."""
        job = known_job(id)
        if job.state == COMPLETED:
            return {"id": job.id, "state": job.state, "result": job.result}
        if job.state in FINAL:
            raise Problem(409, "no_result", f"job {job.id} has no result: it is {job.state}", state=job.state)
        return {"id": job.id, "state": job.state, "result": None}, 202, {"Retry-After": "2"}


def known_job(id: str) -> Job:
    """A job out of Redis or the history. Raises JobMissing."""
    services = here()
    return find_job(services.store, services.engine, kept_id(id))


def job_answer(id: str) -> tuple[dict[str, Any], dict[str, str]]:
    """A job as it is shown, with its place, its ETag, and when to ask again. Raises JobMissing."""
    services = here()
    job, values = whole_job(services.store, services.engine, services.durations, kept_id(id))
    values |= {"unique_key": job.unique, "fairness_key": job.fairness, "args": arguments(values)}
    headers = {"Location": url_for("jobs.OneJob", id=job.id), "ETag": f'W/"{job.version}-{job.fence}"'}
    if job.state not in FINAL:
        headers["Retry-After"] = str(ask_again(values))
    return values, headers


def arguments(values: dict[str, Any]) -> Any:
    """The arguments by name; those without one under `_`."""
    return values["kwargs"] | ({"_": values["args"]} if values["args"] else {})


def ask_again(values: dict[str, Any]) -> int:
    """Seconds after which asking again is worth it: 1 to 30, by the estimate where there is one."""
    finishes_at = values["estimate"]["finishes_at"]
    return 2 if finishes_at is None else max(1, min(30, round(finishes_at.timestamp() - time.time())))


def preferred_wait() -> float:
    """Seconds that a client is ready to wait for the end, 30 at most (RFC 7240)."""
    for part in request.headers.get("Prefer", "").replace(";", ",").split(","):
        name, _, value = part.strip().partition("=")
        if name.lower() == "wait" and value.strip('"').isdecimal():
            return min(float(value.strip('"')), LONGEST_WAIT)
    return 0.0
