"""`/api/jobs` of S1 and S2: make a job of any type, and look at all queues."""

from __future__ import annotations

from typing import Any

from flask import request

from callboard.broker.errors import UnknownType
from pipelines.job_types import meant
from web.compat import views
from web.compat.door import blueprint, body, create_status, enqueue, place_of, successor, text_of, wrong
from web.compat.naming import found_job
from web.compat.options import options_from, priority_from
from web.compat.words import accepted_word, listed

Answer = tuple[dict[str, Any], int, dict[str, str]]


@blueprint.get("/jobs")
def look() -> dict[str, Any]:
    """The counts of all queues, or with `view` the overview, the queues or the performance of S2."""
    name = request.args.get("view")
    if name is None:
        successor("/api/v1/jobs/counts")
        return views.status()
    if name not in views.VIEWS:
        raise wrong("view", f"one of {', '.join(views.VIEWS)} was expected, got {name[:40]!r}")
    show, native = views.VIEWS[name]
    successor(native)
    return show()


@blueprint.post("/jobs")
def create() -> Answer:
    """Make a job; with `data` it is told as S2 tells it, without as S1 does."""
    values = body()
    type = text_of(values, "type")
    return create_s2(type, values) if "data" in values else create_s1(type, values)


def create_s1(type: str, values: dict[str, Any]) -> Answer:
    """The arguments stand beside the type."""
    given = {name: value for name, value in values.items() if name not in ("type", "options")}
    options = options_from(values.get("options")) | priority_from(given)
    id = made(type, given, options)
    answer = {"jobId": id, "status": accepted_word(options), "message": f"{type} job queued successfully"}
    return answer, create_status(), place_of(id)


def create_s2(type: str, values: dict[str, Any]) -> Answer:
    """The arguments are `data`, and the type may be a queue whose type `data.action` names."""
    data = values["data"]
    if not isinstance(data, dict):
        raise wrong("data", "an object was expected")
    surplus = next((name for name in values if name not in ("type", "data", "options")), None)
    if surplus is not None:
        raise wrong(surplus, "unknown field")
    job, errors = found_job(made(type, data, options_from(values.get("options"))))
    shown = listed(job, errors)
    answer = {"success": True, "jobId": job.id, "queue": job.queue, "status": shown["status"], "job": shown}
    return answer, create_status(), place_of(job.id)


def made(type: str, data: dict[str, Any], options: dict[str, Any]) -> str:
    """The id of a new job of the type that a name and its data mean. Raises Problem."""
    try:
        actor, arguments = meant(type, data)
    except UnknownType as error:
        raise wrong("type", str(error)) from None
    return enqueue(actor.actor_name, arguments, options)
