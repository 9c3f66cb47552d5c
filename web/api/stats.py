"""The numbers behind the pages: what is there now, how much was done and how long it took, what needs attention."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flask.views import MethodView

from callboard.broker.presence import there
from callboard.history.statistics import error_statistics
from callboard.history.throughput import STEPS_MOST, Throughput, throughput
from callboard.jobs.states import ACTIVE, STATES
from web.api import stat_schemas as schemas
from web.api.shared import shared_attention, shared_overview
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("stats", __name__, url_prefix="/api/v1", description="Numbers")
STEPS: Final = 60
# Seconds for which all who look are told the same numbers.
KEPT_FOR: Final = 3.0


@blueprint.route("/stats/overview")
class OverviewView(MethodView):
    """What is there now."""

    @blueprint.response(200, schemas.Overview)
    def get(self) -> Any:
        """Jobs by state, workers, and how busy they are."""
        found = shared_overview()
        workers = [worker for worker in found.workers if there(worker)]
        queues = found.queues.values()
        counts = {state: sum(queue["counts"][state] for queue in queues) for state in STATES}
        return {
            "counts": counts,
            "queues": len(queues),
            "paused": [queue["name"] for queue in queues if queue["paused"]],
            "workers": len(workers),
            "slots": sum(int(worker.about.get("threads") or 0) for worker in workers),
            "busy": counts[ACTIVE],
        }


@blueprint.route("/stats/throughput")
class ThroughputView(MethodView):
    """How much was done."""

    @blueprint.arguments(schemas.StepTimes, location="query")
    @blueprint.response(200, schemas.Done)
    def get(self, asked: dict[str, Any]) -> Any:
        """How many jobs finished in a time, by steps."""
        return measured(asked)


@blueprint.route("/stats/latency")
class LatencyView(MethodView):
    """How long it took."""

    @blueprint.arguments(schemas.StepTimes, location="query")
    @blueprint.response(200, schemas.Latency)
    def get(self, asked: dict[str, Any]) -> Any:
        """How long the jobs that finished in a time ran and waited, by steps."""
        return measured(asked)


@blueprint.route("/stats/errors")
class ErrorsView(MethodView):
    """What went wrong."""

    @blueprint.arguments(schemas.ErrorTimes, location="query")
    @blueprint.response(200, schemas.Failures)
    def get(self, asked: dict[str, Any]) -> Any:
        """Failed attempts of a time by class, type, queue, day and group, and what retries achieved."""
        start, end = times(asked)
        found = error_statistics(here().engine, start, end)
        parts: dict[str, Any] = {
            "class": found.by_class,
            "type": found.by_type,
            "queue": found.by_queue,
            "day": {day.isoformat(): number for day, number in found.per_day.items()},
            "group": [asdict(group) | {"message": here().mask(group.message)} for group in found.groups],
        }
        chosen = parts if "by" not in asked else {asked["by"]: parts[asked["by"]]}
        retried = asdict(found.retried) | {"share": found.retried.share}
        head = {"start": start, "end": end, "failures": found.failures, "final": found.final}
        return head | {"retried": retried, "by": chosen}


@blueprint.route("/attention")
class Attention(MethodView):
    """What needs attention."""

    @blueprint.response(200, schemas.Findings)
    def get(self) -> Any:
        """What needs attention now, the gravest first; of what is silenced nothing."""
        return {"attention": shared_attention()}


def times(asked: dict[str, Any]) -> tuple[datetime, datetime]:
    """Begin and end; the last hour where they are left out."""
    end = asked.get("end") or datetime.now(UTC)
    return asked.get("start") or end - timedelta(hours=1), end


def step_of(asked: dict[str, Any]) -> timedelta:
    """The length of a step: what was asked for, or long enough that there are not too many."""
    start, end = times(asked)
    step = timedelta(milliseconds=asked["step_ms"]) if "step_ms" in asked else (end - start) / STEPS
    return max(step, (end - start) / STEPS_MOST, timedelta(seconds=1))


def measured(asked: dict[str, Any]) -> Throughput:
    """What was done in a time, in steps of a length that is long enough."""
    start, end = times(asked)
    of: tuple[Any, ...] = (start, end, step_of(asked), asked.get("queue"), asked.get("type"))

    def measure() -> Throughput:
        return throughput(here().engine, *of[:3], queue=of[3], type=of[4])

    return here().kept.get(("done", *of), KEPT_FOR, measure)
