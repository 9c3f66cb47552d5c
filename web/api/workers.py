"""Worker processes: how busy they are, what they serve; made quiet, and stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.views import MethodView

from callboard.broker.errors import WorkerMissing
from callboard.broker.link import Links
from callboard.broker.worker_acts import quiet_worker, read_stacks, stop_worker, wake_worker
from callboard.broker.worker_values import worker_values
from callboard.jobs.record import Job
from callboard.jobs.states import ACTIVE
from web.api import worker_schemas as schemas
from web.api.shared import shared_overview
from web.audit import note
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("workers", __name__, url_prefix="/api/v1/workers", description="Worker processes")
MOST_ACTIVE = 2_000


@blueprint.route("")
class Workers(MethodView):
    """All worker processes."""

    @blueprint.response(200, schemas.WorkerList)
    def get(self) -> Any:
        """The worker processes that run now."""
        running, now_ms = running_by_worker(), here().now_ms()
        workers = shared_overview().workers
        return {"workers": [worker_values(worker, running.get(worker.id, ()), now_ms) for worker in workers]}


@blueprint.route("/<id>")
class OneWorker(MethodView):
    """One worker process."""

    @blueprint.response(200, schemas.WorkerOut)
    def get(self, id: str) -> Any:
        """One worker process and the jobs that it runs."""
        return shown(id)


@blueprint.route("/<id>/quiet")
class Quiet(MethodView):
    """The quiet of a worker process."""

    @blueprint.response(200, schemas.WorkerOut)
    def put(self, id: str) -> Any:
        """Have a worker take no more jobs; those that run go on."""
        return acted("worker.quiet", quiet_worker, id)

    @blueprint.response(200, schemas.WorkerOut)
    def delete(self, id: str) -> Any:
        """Have a worker take jobs again."""
        return acted("worker.wake", wake_worker, id)


@blueprint.route("/<id>/stop")
class Stopping(MethodView):
    """The end of a worker process."""

    @blueprint.response(202, schemas.WorkerOut)
    def put(self, id: str) -> Any:
        """Have a worker end: its jobs finish, or are handed back when its shutdown timeout is over.

        Processes that `dramatiq` has started together end together.
        """
        return acted("worker.stop", stop_worker, id), 202


@blueprint.route("/<id>/stacks")
class Stacks(MethodView):
    """What a worker process does right now."""

    @blueprint.response(200, schemas.Stacks)
    def get(self, id: str) -> Any:
        """The stacks of its threads that run jobs, and of child processes in which bodies run."""
        return {"worker": id, "threads": read_stacks(here().links, id)}


def acted(verb: str, act: Callable[[Links, str], None], id: str) -> dict[str, Any]:
    """Do something to a worker, write it down, and show the worker as it is then. Raises WorkerMissing, NotPossible."""
    before = shown(id)
    act(here().links, id)
    note(verb, id)
    # One that is told to stop may be gone before it can be shown.
    found = [worker for worker in shared_overview().workers if worker.id == id]
    return values(found[0]) if found else before | {"state": "stopping", "quiet": True}


def shown(id: str) -> dict[str, Any]:
    """A worker as it is. Raises WorkerMissing."""
    for worker in shared_overview().workers:
        if worker.id == id:
            return values(worker)
    raise WorkerMissing(f"worker {id[:100]} does not run; GET /api/v1/workers lists those that do")


def values(worker: Any) -> dict[str, Any]:
    """A worker with its jobs."""
    return worker_values(worker, running_by_worker().get(worker.id, ()), here().now_ms())


def running_by_worker() -> dict[str, list[Job]]:
    """The jobs that run, by worker."""
    busy = [name for name, queue in shared_overview().queues.items() if queue["counts"][ACTIVE]]
    found: dict[str, list[Job]] = {}
    for job in here().store.newest((ACTIVE,), busy, MOST_ACTIVE):
        found.setdefault(job.worker or "", []).append(job)
    return found
