"""Worker processes: how busy they are, and what they serve."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from callboard.broker.presence import there
from callboard.broker.store import WorkerStatus
from callboard.jobs.states import ACTIVE
from web.api.shared import shared_overview
from web.problems import Problem
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("workers", __name__, url_prefix="/api/v1/workers", description="Worker processes")
TOLD = ("host", "pid", "threads", "version", "python", "queues", "types")
MOST_ACTIVE = 2_000


class WorkerOut(Schema):
    """A worker process."""

    id = fields.String()
    host = fields.String(allow_none=True)
    pid = fields.Integer(allow_none=True)
    threads = fields.Integer(allow_none=True, metadata={"description": "jobs that it runs at a time"})
    version = fields.String(allow_none=True)
    python = fields.String(allow_none=True)
    queues = fields.List(fields.String(), allow_none=True)
    types = fields.List(fields.String(), allow_none=True)
    since = fields.AwareDateTime(allow_none=True)
    lease_until = fields.AwareDateTime()
    active = fields.List(fields.String(), metadata={"description": "ids of the jobs that it runs"})
    gone = fields.Boolean(metadata={"description": "died without a word"})


class WorkerList(Schema):
    """The worker processes."""

    workers = fields.List(fields.Nested(WorkerOut))


@blueprint.route("")
class Workers(MethodView):
    """All worker processes."""

    @blueprint.response(200, WorkerList)
    def get(self) -> Any:
        """The worker processes that run now."""
        running = running_by_worker()
        return {"workers": [values(worker, running) for worker in shared_overview().workers]}


@blueprint.route("/<id>")
class OneWorker(MethodView):
    """One worker process."""

    @blueprint.response(200, WorkerOut)
    def get(self, id: str) -> Any:
        """One worker process and the jobs that it runs."""
        for worker in shared_overview().workers:
            if worker.id == id:
                return values(worker, running_by_worker())
        raise Problem(
            404, "not_found", f"worker {id[:100]} does not run", hint="GET /api/v1/workers lists those that do"
        )


def values(worker: WorkerStatus, running: dict[str, list[str]]) -> dict[str, Any]:
    """A worker as JSON values."""
    told = {name: worker.about.get(name) for name in TOLD}
    times = {"since": worker.since, "lease_until": worker.lease_until}
    return {"id": worker.id, **told, **times, "active": running.get(worker.id, []), "gone": not there(worker)}


def running_by_worker() -> dict[str, list[str]]:
    """The ids of the jobs that run, by worker."""
    services = here()
    busy = [name for name, queue in shared_overview().queues.items() if queue["counts"][ACTIVE]]

    def read() -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for job in services.store.newest((ACTIVE,), busy, MOST_ACTIVE):
            found.setdefault(job.worker or "", []).append(job.id)
        return found

    return services.shared_reads.read("running", lambda known: len(busy) + sum(map(len, known.values())), read)
