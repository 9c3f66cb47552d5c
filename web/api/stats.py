"""The numbers behind the pages: what is there now, how much was done and how long it took, what needs attention."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from callboard.broker.presence import there
from callboard.history.statistics import DAYS_MOST, error_statistics
from callboard.history.throughput import STEPS_MOST, Throughput, throughput
from callboard.jobs.states import ACTIVE, STATES
from web.api.shared import shared_overview
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("stats", __name__, url_prefix="/api/v1", description="Numbers")
STEPS: Final = 60
LONGEST: Final = timedelta(days=DAYS_MOST)
NAME: Final = validate.Length(1, 64)


class Times(Schema):
    """A time; the last hour if left out."""

    start = fields.AwareDateTime(data_key="from", metadata={"description": "its begin, RFC 3339"})
    end = fields.AwareDateTime(data_key="to", metadata={"description": "its end, RFC 3339; now if left out"})

    @validates_schema
    def in_order(self, data: dict[str, Any], **_: Any) -> None:
        """A time has a length, and not too much of one."""
        end = data.get("end", datetime.now(UTC))
        start = data.get("start", end - timedelta(hours=1) if end > EARLIEST else end)
        if not timedelta(0) < end - start <= LONGEST:
            raise ValidationError(f"expected a time before `to`, at most {DAYS_MOST} days", "from")


class StepTimes(Times):
    """A time and its steps, of all jobs or some."""

    step_ms = fields.Integer(
        validate=validate.Range(1_000), metadata={"description": "length of a step; one of 60 if left out"}
    )
    queue = fields.String(validate=NAME, metadata={"description": "only of this queue"})
    type = fields.String(validate=NAME, metadata={"description": "only of this type"})


class ErrorTimes(Times):
    """A time, and how its failures are counted."""

    by = fields.String(
        validate=validate.OneOf(("class", "type", "queue", "day", "group")),
        metadata={"description": "only these counts; all of them if left out"},
    )


class Overview(Schema):
    """What is there now."""

    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), metadata={"description": "jobs by state"})
    queues = fields.Integer()
    paused = fields.List(fields.String())
    workers = fields.Integer()
    slots = fields.Integer(metadata={"description": "jobs that may run at a time"})
    busy = fields.Integer()


class Spread(Schema):
    """Percentiles."""

    p50_ms = fields.Integer()
    p95_ms = fields.Integer()
    p99_ms = fields.Integer()
    mean_ms = fields.Integer()


class Step(Schema):
    """Jobs that finished within a step."""

    at = fields.AwareDateTime()
    completed = fields.Integer()
    failed = fields.Integer()
    cancelled = fields.Integer()
    run = fields.Nested(Spread, allow_none=True)
    wait = fields.Nested(Spread, allow_none=True)


class Done(Schema):
    """Jobs that finished within a time."""

    start = fields.AwareDateTime(data_key="from")
    end = fields.AwareDateTime(data_key="to")
    completed = fields.Integer()
    failed = fields.Integer()
    cancelled = fields.Integer()
    processed = fields.Integer(metadata={"description": "completed and failed"})
    per_second = fields.Float()
    steps = fields.List(fields.Nested(Step))


class Latency(Schema):
    """How long the jobs that finished within a time ran and waited."""

    start = fields.AwareDateTime(data_key="from")
    end = fields.AwareDateTime(data_key="to")
    run = fields.Nested(Spread, allow_none=True)
    wait = fields.Nested(Spread, allow_none=True)
    about = fields.Boolean(metadata={"description": "known from a part of the jobs"})
    steps = fields.List(fields.Nested(Step))


class Retried(Schema):
    """What became of jobs that failed and were retried."""

    finished = fields.Integer()
    completed = fields.Integer()
    about = fields.Boolean(metadata={"description": "known from the newest failures"})
    share = fields.Float(allow_none=True)


class Failures(Schema):
    """Failed attempts of a time."""

    start = fields.AwareDateTime(data_key="from")
    end = fields.AwareDateTime(data_key="to")
    failures = fields.Integer()
    final = fields.Integer(metadata={"description": "those that ended their job"})
    retried = fields.Nested(Retried)
    by = fields.Dict(keys=fields.String(), metadata={"description": "counts by class, type, queue, day and group"})


class FindingOut(Schema):
    """What needs attention."""

    key = fields.String()
    rule = fields.String()
    subject = fields.String()
    count = fields.Integer()
    cause = fields.String()
    advice = fields.String()
    since_ms = fields.Integer(allow_none=True)
    silenced_until_ms = fields.Integer(allow_none=True)


class Findings(Schema):
    """What needs attention, the gravest first."""

    attention = fields.List(fields.Nested(FindingOut))


EARLIEST: Final = datetime(1971, 1, 1, tzinfo=UTC)


@blueprint.route("/stats/overview")
class OverviewView(MethodView):
    """What is there now."""

    @blueprint.response(200, Overview)
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

    @blueprint.arguments(StepTimes, location="query")
    @blueprint.response(200, Done)
    def get(self, asked: dict[str, Any]) -> Any:
        """How many jobs finished in a time, by steps."""
        return measured(asked)


@blueprint.route("/stats/latency")
class LatencyView(MethodView):
    """How long it took."""

    @blueprint.arguments(StepTimes, location="query")
    @blueprint.response(200, Latency)
    def get(self, asked: dict[str, Any]) -> Any:
        """How long the jobs that finished in a time ran and waited, by steps."""
        return measured(asked)


@blueprint.route("/stats/errors")
class ErrorsView(MethodView):
    """What went wrong."""

    @blueprint.arguments(ErrorTimes, location="query")
    @blueprint.response(200, Failures)
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

    @blueprint.response(200, Findings)
    def get(self) -> Any:
        """What needs attention now, the gravest first; of what is silenced nothing."""
        from research.notifications.attention import attention

        services = here()
        return {"attention": services.shared_reads.read("attention", cost, lambda: attention(*stores()))}


def stores() -> Any:
    """Where it is looked for what needs attention."""
    return here().store, here().engine


def cost(_: Any) -> int:
    """Commands of a look at all queues, which it takes."""
    return 3 + 16 * len(shared_overview().queues)


def times(asked: dict[str, Any]) -> tuple[datetime, datetime]:
    """Begin and end; the last hour where they are left out."""
    end = asked.get("end") or datetime.now(UTC)
    return asked.get("start") or end - timedelta(hours=1), end


def measured(asked: dict[str, Any]) -> Throughput:
    """What was done in a time, in steps of a length that is long enough."""
    start, end = times(asked)
    least = (end - start) / STEPS_MOST
    step = timedelta(milliseconds=asked["step_ms"]) if "step_ms" in asked else (end - start) / STEPS
    return throughput(
        here().engine,
        start,
        end,
        max(step, least, timedelta(seconds=1)),
        queue=asked.get("queue"),
        type=asked.get("type"),
    )
