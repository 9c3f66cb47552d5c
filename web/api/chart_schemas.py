"""What charts and tiles show, as JSON."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from web.api.stat_schemas import NAME, Times


class SomeTimes(Times):
    """A time, of all jobs or some."""

    queue = fields.String(validate=NAME, metadata={"description": "only of this queue"})
    type = fields.String(validate=NAME, metadata={"description": "only of this type"})


class SlowTimes(SomeTimes):
    """A time, and how many of its jobs."""

    limit = fields.Integer(load_default=10, validate=validate.Range(1, 100))


class Beat(Schema):
    """Jobs that finished within a minute or an hour."""

    at = fields.AwareDateTime()
    completed = fields.Integer()
    failed = fields.Integer()
    cancelled = fields.Integer()
    running = fields.Float(metadata={"description": "at a time, as those tell that finished"})
    waiting = fields.Float(metadata={"description": "at a time, as those tell that finished"})


class PulseOut(Schema):
    """What was done lately, and what waits longest."""

    minutes = fields.List(fields.Nested(Beat), metadata={"description": "the last 60, the newest last"})
    hours = fields.List(fields.Nested(Beat), metadata={"description": "the last 24, the newest last"})
    per_minute = fields.Float(metadata={"description": "completed or failed in a minute of the last five"})
    failed = fields.Integer(metadata={"description": "jobs that failed within 24 hours"})
    failed_share = fields.Float(allow_none=True, metadata={"description": "of those that ended, 0 to 1"})
    oldest_at = fields.AwareDateTime(
        allow_none=True, metadata={"description": "the oldest job that may start waits since"}
    )
    oldest_queue = fields.String(allow_none=True, metadata={"description": "the queue that it waits in"})


class LongJob(Schema):
    """A job that runs."""

    id = fields.String()
    type = fields.String()
    queue = fields.String()
    state = fields.String()
    version = fields.Integer()
    attempt = fields.Integer()
    attempts = fields.Integer()
    started_at = fields.AwareDateTime(allow_none=True)
    worker = fields.String(allow_none=True)
    user = fields.String(allow_none=True)
    cancelling = fields.Boolean()
    progress = fields.Raw(allow_none=True)


class LongJobs(Schema):
    """Jobs that run, the longest first."""

    jobs = fields.List(fields.Nested(LongJob))


class HeatStep(Schema):
    """Jobs that completed within a step, by bands of their run time."""

    at = fields.AwareDateTime()
    cells = fields.List(fields.Integer(), metadata={"description": "the shortest first, one more than there are ends"})


class Heat(Schema):
    """How run times are spread over time."""

    start = fields.AwareDateTime(data_key="from")
    end = fields.AwareDateTime(data_key="to")
    bands_ms = fields.List(fields.Integer(), metadata={"description": "upper ends of the bands of run times"})
    about = fields.Boolean(metadata={"description": "known from the newest jobs only"})
    steps = fields.List(fields.Nested(HeatStep))


class SlowJobOut(Schema):
    """A finished job."""

    id = fields.String()
    type = fields.String()
    queue = fields.String()
    state = fields.String()
    attempt = fields.Integer()
    run_ms = fields.Integer()
    wait_ms = fields.Integer(allow_none=True)
    finished_at = fields.AwareDateTime()


class SlowJobs(Schema):
    """Jobs that ran long, the longest first."""

    jobs = fields.List(fields.Nested(SlowJobOut))


class TypeCostOut(Schema):
    """What the jobs of a type cost."""

    type = fields.String()
    jobs = fields.Integer(metadata={"description": "that told a cost"})
    usd = fields.Float()


class ModelUseOut(Schema):
    """What calls of a model took."""

    provider = fields.String()
    model = fields.String()
    calls = fields.Integer()
    tokens_in = fields.Integer()
    tokens_out = fields.Integer()
    usd = fields.Float(allow_none=True, metadata={"description": "null where no price is known"})


class Costs(Schema):
    """What was spent within a time."""

    usd = fields.Float(metadata={"description": "US dollars of all finished jobs"})
    types = fields.List(fields.Nested(TypeCostOut))
    models = fields.List(fields.Nested(ModelUseOut))
