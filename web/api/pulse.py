"""What the first page shows: what was done lately, what waits longest, what has been running longest."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

from flask.views import MethodView

from callboard.broker.gauges import oldest_ready_ms
from callboard.broker.longest import longest_running
from callboard.history.pulse import pulse
from callboard.jobs.clock import from_ms
from callboard.jobs.masking import hide
from callboard.jobs.record import Job
from callboard.jobs.states import ACTIVE, WAITING
from web.api import chart_schemas as schemas
from web.api.shared import shared_overview
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("pulse", __name__, url_prefix="/api/v1/stats", description="What happens now")
LONGEST: Final = 10
# Seconds for which all who look are told the same of the hour and the day.
KEPT_FOR: Final = 3.0


@blueprint.route("/pulse")
class PulseView(MethodView):
    """What was done lately."""

    @blueprint.response(200, schemas.PulseOut)
    def get(self) -> Any:
        """The last hour by the minute, the last day by the hour, and which job waits longest."""
        services, names = here(), queues_with(WAITING)
        oldest = oldest_ready_ms(services.store, names)
        found = services.kept.get("pulse", KEPT_FOR, lambda: pulse(services.engine, services.now_ms()))
        queue = min(oldest, key=lambda name: oldest[name], default=None)
        rates = {"per_minute": found.per_minute, "failed": found.failed, "failed_share": found.failed_share}
        return asdict(found) | rates | {"oldest_queue": queue, "oldest_at": from_ms(oldest[queue]) if queue else None}


@blueprint.route("/running")
class RunningView(MethodView):
    """What runs."""

    @blueprint.response(200, schemas.LongJobs)
    def get(self) -> Any:
        """The ten jobs that have been running longest, with their progress."""
        return {"jobs": [values(job) for job in longest_running(here().store, queues_with(ACTIVE), LONGEST)]}


def queues_with(state: str) -> list[str]:
    """The queues with a job in a state."""
    return [name for name, queue in shared_overview().queues.items() if queue["counts"][state]]


def values(job: Job) -> dict[str, Any]:
    """A job that runs as JSON values."""
    names = ("id", "type", "queue", "state", "version", "attempt", "attempts", "started_at", "worker", "cancelling")
    user = job.meta.get("user")
    told = {
        "user": str(user) if user is not None else None,
        "progress": hide(job.progress),
    }
    return {name: getattr(job, name) for name in names} | told
