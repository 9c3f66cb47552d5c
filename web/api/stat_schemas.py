"""The numbers behind the pages as JSON: what is asked, and what is answered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from callboard.history.statistics import DAYS_MOST

EARLIEST: Final = datetime(1971, 1, 1, tzinfo=UTC)
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
        validate=validate.Range(1_000, DAYS_MOST * 86_400_000),
        metadata={"description": "length of a step; one of 60 if left out"},
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
    silence_note = fields.String(allow_none=True, metadata={"description": "why it is silenced"})
    query = fields.String(metadata={"description": "the search that finds its jobs, empty where it is not about jobs"})


class Findings(Schema):
    """What needs attention, the gravest first."""

    attention = fields.List(fields.Nested(FindingOut))
