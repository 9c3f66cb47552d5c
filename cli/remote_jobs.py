"""Jobs as the API tells them, read back into what the engine itself would have handed over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from callboard.broker.store import QueueStatus, WorkerStatus
from callboard.jobs.encoding import NotJson, decode
from callboard.jobs.job_values import job_values
from callboard.jobs.policy import priority_number
from callboard.jobs.record import Job

TIMES: Final = ("enqueued_at", "due_at", "started_at", "finished_at")
SAME: Final = ("id", "type", "queue", "state", "version", "reason", "attempt", "attempts", "worker", "flow", "step")
WHOLE: Final = ("crashes", "timeout_ms", "cancelling", "checkpoint", "blocked_by", "meta")
TOLD: Final = ("host", "pid", "threads", "version", "python", "queues", "types")


def job_of(values: Mapping[str, Any]) -> Job:
    """The job of an answer, a whole one or a row of a list."""
    names = (*SAME, *(WHOLE if "meta" in values else ()))
    times: dict[str, Any] = {name: moment(values[name]) for name in TIMES}
    named = values["args"] if "args" in values else arguments(values.get("arguments", ""))
    return Job(
        **{name: values[name] for name in names},
        **times,
        priority=priority_number(values["priority"]),
        progress=values["progress"],
        args=named.get("_", []),
        kwargs={name: value for name, value in named.items() if name != "_"},
        unique=values.get("unique_key"),
        fairness=values.get("fairness_key"),
        tags=values["tags"],
    )


def arguments(text: str) -> dict[str, Any]:
    """The arguments of a row, none where they were cut."""
    try:
        value = decode(text, "arguments") if text else {}
    except NotJson:
        return {}
    return value if isinstance(value, dict) else {}


def whole_of(job: Job, values: Mapping[str, Any]) -> dict[str, Any]:
    """All that `callboard show` tells of a job."""
    why, expected = values["why"], values["estimate"]
    return job_values(job) | {
        "why": why and {"reason": why["reason"], "until": moment(why["until"])},
        "place": values["place"],
        "estimate": {
            "starts_at": moment(expected["starts_at"]),
            "finishes_at": moment(expected["finishes_at"]),
            "basis": expected["basis"],
        },
        "errors": values["errors"],
        "log_lines": values["log_lines"],
        "allowed": values["allowed"],
    }


def queue_of(values: Mapping[str, Any]) -> QueueStatus:
    """A queue."""
    rate = values["rate"] or {}
    return QueueStatus(
        values["name"],
        values["counts"],
        values["paused"],
        values["concurrency"],
        rate.get("count"),
        rate.get("per_ms"),
    )


def worker_of(values: Mapping[str, Any]) -> WorkerStatus:
    """A worker process; `there` of one that is elsewhere cannot be told from here."""
    until = moment(values["lease_until"])
    assert until is not None
    about = {name: values[name] for name in TOLD if values.get(name) is not None}
    wish = {"quiet": "quiet", "stopping": "stop"}.get(values["state"], "")
    told = {"memory_mb": values["memory_mb"]}
    return WorkerStatus(values["id"], about, moment(values["since"]), until, wish, told)


def moment(text: str | None) -> datetime | None:
    """A time of an answer."""
    return datetime.fromisoformat(text) if text else None
