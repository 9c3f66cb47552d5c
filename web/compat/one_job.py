"""One job as S1, S2 and S5 ask for it, or a queue as S2 does where the path names one."""

from __future__ import annotations

from typing import Any

from flask import request

from callboard.jobs.record import Job
from callboard.jobs.states import COMPLETED, FINAL
from web.compat import acting
from web.compat.door import blueprint, body, place_of, wrong
from web.compat.naming import find_queue, found_job, found_under, known_queue
from web.compat.queues import control, jobs_of
from web.compat.words import Errors, error_of, moments_of, progress_of, status_word

Answer = tuple[dict[str, Any], int, dict[str, str]]
CANCELLED = {"success": True, "message": "Job cancelled successfully"}
CANCELLING = {"success": True, "message": "Job is being cancelled", "stage": "cancelling"}
ACTIONS = ("retry", "cancel")


@blueprint.get("/jobs/<name>")
def show(name: str) -> Any:
    """S2: the jobs of a queue; S1: the status of a job."""
    queue = find_queue(name)
    if queue is not None:
        return jobs_of(queue)
    job, errors = found_job(name)
    return status(job, errors, with_result=True)


@blueprint.post("/jobs/<name>")
def act(name: str) -> Any:
    """S2: pause, resume or drain a queue."""
    return control(known_queue(name))


@blueprint.delete("/jobs/<id>")
def cancel(id: str) -> Answer:
    """S1: cancel a job."""
    return cancelled(id)


@blueprint.post("/jobs/<id>/retry")
def retry(id: str) -> Answer:
    """S1: run a job again."""
    acting.retry(id)
    job, _ = found_job(id)
    return {"success": True, "jobId": job.id, "status": status_word(job.state)}, 202, place_of(job.id)


@blueprint.post("/jobs/<name>/<id>")
def act_on(name: str, id: str) -> Answer:
    """S2: retry or cancel a job of a queue."""
    action = body().get("action")
    if action not in ACTIONS:
        raise wrong("action", f"one of {', '.join(ACTIONS)} was expected")
    job, _ = found_under(name, id)
    done = True
    if action == "retry":
        acting.retry(job.id)
    else:
        done = acting.cancel(job.id)
    job, _ = found_job(job.id)
    answer = {"success": True, "jobId": job.id, "action": action, "status": status_word(job.state)}
    return answer, 200 if done and action == "cancel" else 202, place_of(job.id)


@blueprint.get("/jobs/<name>/<id>")
def show_under(name: str, id: str) -> Answer:
    """S5: state and progress of a job."""
    job, errors = found_under(name, id)
    data: dict[str, Any] = {"id": job.id, "state": status_word(job.state), **progress_of(job), **moments_of(job)}
    data |= {"result": job.result} if job.state == COMPLETED else {}
    reason = error_of(job, errors)
    data |= {} if reason is None else {"failedReason": reason}
    return {"success": True, "data": data}, 200, place_of(job.id) | ask_again(job)


@blueprint.delete("/jobs/<name>/<id>")
def cancel_under(name: str, id: str) -> Answer:
    """S5: cancel a job."""
    return cancelled(found_under(name, id)[0].id)


def cancelled(id: str) -> Answer:
    """The answer to a wish to cancel: done, or asked of the worker that runs the job."""
    done = acting.cancel(id)
    return (CANCELLED, 200, place_of(id)) if done else (CANCELLING, 202, place_of(id))


def status(job: Job, errors: Errors, *, with_result: bool = False) -> Any:
    """A job as S1 and S3 poll it; with the ETag of an earlier answer, whether it has changed since."""
    headers = place_of(job.id) | {"ETag": f'W/"{job.version}-{job.fence}-{status_word(job.state)}"'} | ask_again(job)
    if request.if_none_match.contains_weak(headers["ETag"][3:-1]):
        return "", 304, headers
    shown: dict[str, Any] = {"jobId": job.id, "status": status_word(job.state), **progress_of(job), **moments_of(job)}
    if with_result and job.state == COMPLETED:
        shown["result"] = job.result
    error = error_of(job, errors)
    return shown if error is None else shown | {"error": error}, 200, headers


def ask_again(job: Job) -> dict[str, str]:
    """When a client that polls may ask again, while there is something to wait for."""
    return {} if job.state in FINAL else {"Retry-After": "2"}
