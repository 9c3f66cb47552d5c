"""S3: submit an analysis, poll it, get its report, cancel it."""

from __future__ import annotations

import json
import math
from typing import Any

from flask import g, request

from callboard.jobs.policy import RateLimit
from callboard.jobs.record import Job
from callboard.jobs.states import COMPLETED, FINAL
from pipelines.job_types import JobType, meant
from research.errors import UnknownFile
from web.compat.door import blueprint, body, create_status, enqueue, place_of
from web.compat.naming import found_job
from web.compat.one_job import Answer, ask_again, cancelled, status
from web.compat.options import priority_from
from web.compat.words import accepted_word, error_of, status_word
from web.problems import Problem
from web.services import here

SUBMISSIONS = RateLimit(10, 15 * 60)
TOO_MANY = "Too many analysis requests, please try again later"


@blueprint.post("/ai-analysis/submit")
def submit() -> Answer:
    """Make an analysis of the text of a case; ten in a quarter of an hour for each caller."""
    require_turn()
    values = body()
    options = priority_from(values)
    actor, arguments = meant(JobType.AI_ANALYSIS, values)
    id = enqueue(actor.actor_name, arguments, options)
    answer = {"jobId": id, "status": accepted_word(options), "message": "Analysis job queued successfully"}
    return answer, create_status(), place_of(id)


@blueprint.get("/ai-analysis/status/<id>")
def analysis_status(id: str) -> Any:
    """How far an analysis is."""
    return status(*found_job(id))


@blueprint.get("/ai-analysis/result/<id>")
def analysis_result(id: str) -> Answer:
    """The report: 202 while there is none; a failure is told in the body, where this client looks for it."""
    job, errors = found_job(id)
    shown: dict[str, Any] = {"jobId": job.id, "status": status_word(job.state), "result": None}
    headers = place_of(job.id) | ask_again(job)
    if job.state == COMPLETED:
        return shown | {"result": whole_result(job)}, 200, headers
    error = error_of(job, errors)
    return shown | ({} if error is None else {"error": error}), 200 if job.state in FINAL else 202, headers


@blueprint.delete("/ai-analysis/<id>")
def cancel_analysis(id: str) -> Answer:
    """Cancel an analysis."""
    return cancelled(id)


def require_turn() -> None:
    """Take one of the submissions of this caller. Raises Problem when there is none left."""
    caller = g.caller.token or f"{g.caller.name} {request.remote_addr}"
    wait = here().control.admit_caller(f"submit:{caller}", SUBMISSIONS)
    if wait:
        again = {"Retry-After": str(math.ceil(wait))}
        raise Problem(429, "too_many_submissions", TOO_MANY, headers=again)


def whole_result(job: Job) -> Any:
    """The result, with what was too large for it read back from its file."""
    if not isinstance(job.result, dict) or "file" not in job.result:
        return job.result
    try:
        with here().files.open(job.result["file"]) as kept:
            return {**job.result, **json.load(kept)}
    except (UnknownFile, OSError, ValueError):
        return job.result  # what was kept of it in short is better than nothing
