"""Flows over the API, as the server itself would have told them, and what may be done to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final
from urllib.parse import quote

from callboard.broker.store import FlowStatus
from callboard.jobs.job_values import job_values
from callboard.jobs.policy import NORMAL, priority_number
from callboard.jobs.record import Job
from cli.api import Api
from cli.remote_jobs import TIMES, moment

FLOW_TIMES: Final = ("started_at", "finished_at")
ROW: Final = (
    *("id", "name", "state", "jobs", "finished", "completed", "states", "asks"),
    *(*FLOW_TIMES, "broken", "meta"),
)
MEMBER: Final = tuple(field.name for field in fields(Job) if field.name not in (*TIMES, "priority"))


def listed(api: Api, limit: int) -> list[dict[str, Any]]:
    """The newest flows, each as one row. Raises Refused, ConnectionLost."""
    return [row_of(values) for values in api.get("/flows", limit=limit)["flows"]]


def whole(api: Api, id: str) -> tuple[dict[str, Any], list[Job], dict[str, list[str]]]:
    """A flow as one row with its jobs, these jobs, and what waits for what. Raises Refused."""
    values = api.get(path(id), whole="true")
    jobs = [member_of(member) for member in values["members"]]
    return row_of(values) | {"members": [job_values(job) for job in jobs]}, jobs, values["edges"]


def known(api: Api, id: str) -> FlowStatus:
    """The flow of an id. Raises Refused."""
    values = api.get(path(id))
    same = {name: values[name] for name in ("id", "name", "state", "jobs", "broken", "on_failure", "meta")}
    times: dict[str, Any] = {name: moment(values[name]) for name in FLOW_TIMES}
    return FlowStatus(**same, **times, members=[member["id"] for member in values["members"]])


def decide(api: Api, id: str, step: str, note: str, *, approved: bool) -> Job:
    """Let a step run that waits for approval, or cancel it; the step. Raises Refused."""
    return _act_on_step(api, id, step, "approval", {"approved": approved, "note": note})


def leave_out(api: Api, id: str, step: str, note: str) -> Job:
    """Leave out a step that does not run yet; the step. Raises Refused."""
    return _act_on_step(api, id, step, "skip", {"note": note})


def cancel(api: Api, id: str) -> int:
    """Cancel all jobs of a flow that have not ended; how many that were. Raises Refused."""
    return int(api.send("PUT", f"{path(id)}/cancellation")[1]["affected"])


def resume(api: Api, id: str) -> int:
    """Run the jobs again at which a flow broke; how many that were. Raises Refused."""
    return int(api.send("POST", f"{path(id)}/resume")[1]["affected"])


def _act_on_step(api: Api, id: str, step: str, act: str, body: dict[str, Any]) -> Job:
    values = api.send("POST", f"{path(id)}/steps/{quote(step, safe='')}/{act}", json=body)[1]
    return next(member_of(member) for member in values["members"] if step in (member["id"], member["step"]))


def path(id: str) -> str:
    """Where a flow is."""
    return f"/flows/{quote(id, safe='')}"


def row_of(values: Mapping[str, Any]) -> dict[str, Any]:
    """A flow of an answer, its times as times."""
    return {name: moment(values[name]) if name in FLOW_TIMES else values[name] for name in ROW}


def member_of(values: Mapping[str, Any]) -> Job:
    """A job of a flow, whole or as a drawing needs it."""
    times: dict[str, Any] = {name: moment(values[name]) for name in TIMES}
    priority = priority_number(values["priority"]) if "priority" in values else NORMAL
    return Job(**{name: values[name] for name in MEMBER if name in values}, **times, priority=priority)
