"""Worker processes over the API, as the server itself would have told them, and what may be asked of them."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from cli.api import Api
from cli.remote_jobs import moment

TIMES: Final = ("since", "lease_until")
ROW: Final = (
    *("id", "host", "version", "python", "queues", "types", "pid", "threads", "restarts", *TIMES),
    *("heartbeat_age_ms", "memory_mb", "state", "quiet", "gone", "busy", "free", "active", "jobs"),
)
RUNNING: Final = ("id", "type", "queue", "attempt", "started_at", "progress", "elapsed_ms")


def listed(api: Api) -> list[dict[str, Any]]:
    """The worker processes, each as one row with the jobs that it runs. Raises Refused, ConnectionLost."""
    return [row_of(values) for values in api.get("/workers")["workers"]]


def stacks(api: Api, id: str) -> list[dict[str, Any]]:
    """What each thread of a worker that runs a job does right now. Raises Refused."""
    return list(api.get(f"{path(id)}/stacks")["threads"])


def quiet(api: Api, id: str, *, off: bool) -> dict[str, Any]:
    """Have a worker take no more jobs, or take them again; the worker as it is then. Raises Refused."""
    return row_of(api.send("DELETE" if off else "PUT", f"{path(id)}/quiet")[1])


def stop(api: Api, id: str) -> dict[str, Any]:
    """Have a worker end; the worker as it is then. Raises Refused."""
    return row_of(api.send("PUT", f"{path(id)}/stop")[1])


def path(id: str) -> str:
    """Where a worker is."""
    return f"/workers/{quote(id, safe='')}"


def row_of(values: dict[str, Any]) -> dict[str, Any]:
    """A worker of an answer, its times as times."""
    row = {name: moment(values[name]) if name in TIMES else values[name] for name in ROW}
    return row | {"jobs": [_running(job) for job in values["jobs"]]}


def _running(job: dict[str, Any]) -> dict[str, Any]:
    return {name: moment(job[name]) if name == "started_at" else job[name] for name in RUNNING}
