"""Schedules as JSON: what is taken, and what is answered."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from callboard.jobs.schedule import CAP, MOST, ON_MISSED, OVERLAPS
from web.api.job_schemas import Priority

NAME: Final = validate.Length(1, 64)
TEXT: Final = validate.Length(1, 200)


class Wishes(Schema):
    """What its jobs are to have."""

    priority = Priority(metadata={"description": "critical, high, normal, low, or 1 to 100"})
    attempts = fields.Integer(strict=True, validate=validate.Range(1, 100))
    timeout = fields.Float(validate=validate.Range(0.001, 604_800), metadata={"description": "seconds"})
    unique_key = fields.String(validate=TEXT)
    fairness_key = fields.String(validate=TEXT)
    tags = fields.List(fields.String(validate=validate.Length(1, 100)), validate=validate.Length(max=50))
    meta = fields.Dict(keys=fields.String())


class ScheduleChange(Schema):
    """What is to change of a schedule; what is left out stays."""

    type = fields.String(validate=NAME, metadata={"description": "job type"})
    args = fields.Dict(keys=fields.String(), metadata={"description": "arguments by name, as its type takes them"})
    cron = fields.String(
        allow_none=True,
        validate=validate.Length(1, 200),
        metadata={"description": "five fields, or a word such as @hourly", "example": "30 2 * * *"},
    )
    run_at = fields.AwareDateTime(allow_none=True, metadata={"description": "once, at this time, instead of cron"})
    zone = fields.String(validate=NAME, metadata={"description": "time zone", "example": "Europe/Berlin"})
    queue = fields.String(allow_none=True, validate=NAME, metadata={"description": "another queue than its type's"})
    options = fields.Nested(Wishes)
    on_missed = fields.String(validate=validate.OneOf(tuple(ON_MISSED)))
    cap = fields.Integer(strict=True, validate=validate.Range(1, MOST), metadata={"description": "missed ones made up"})
    overlap = fields.String(validate=validate.OneOf(tuple(OVERLAPS)))


class ScheduleIn(ScheduleChange):
    """A schedule."""

    type = fields.String(required=True, validate=NAME, metadata={"description": "job type"})
    args = fields.Dict(
        keys=fields.String(), load_default=dict, metadata={"description": "arguments by name, as its type takes them"}
    )
    zone = fields.String(load_default="UTC", validate=NAME, metadata={"description": "time zone"})
    options = fields.Nested(Wishes, load_default=dict)
    on_missed = fields.String(load_default="latest", validate=validate.OneOf(tuple(ON_MISSED)))
    cap = fields.Integer(load_default=CAP, strict=True, validate=validate.Range(1, MOST))
    overlap = fields.String(load_default="allow", validate=validate.OneOf(tuple(OVERLAPS)))

    @validates_schema
    def one_timing(self, data: dict[str, Any], **_: Any) -> None:
        """A schedule has a cron expression or one time."""
        if (data.get("cron") is None) == (data.get("run_at") is None):
            raise ValidationError("give either cron or run_at", "cron")


class ScheduleOut(Schema):
    """A schedule and how it stands."""

    name = fields.String()
    type = fields.String()
    when = fields.String(metadata={"description": "when it is due, in words"})
    cron = fields.String(allow_none=True)
    run_at = fields.AwareDateTime(allow_none=True)
    zone = fields.String()
    queue = fields.String(allow_none=True)
    args = fields.Raw(metadata={"description": "arguments by name; those without one under `_`"})
    options = fields.Raw()
    on_missed = fields.String()
    cap = fields.Integer()
    overlap = fields.String()
    source = fields.String(metadata={"description": "code, command or api"})
    state = fields.String(metadata={"description": "on, paused, disabled or over"})
    next_at = fields.AwareDateTime(allow_none=True)
    paused_at = fields.AwareDateTime(allow_none=True)
    paused_by = fields.String(allow_none=True)
    pause_note = fields.String(allow_none=True)
    disabled = fields.String(allow_none=True, metadata={"description": "why no job can be made of it"})
    last_at = fields.AwareDateTime(allow_none=True)
    last_job = fields.String(allow_none=True)
    fired = fields.Integer()
    passed = fields.Integer(metadata={"description": "times that were missed"})


class RunOut(Schema):
    """A time to come."""

    at = fields.String(metadata={"description": "in the zone of the schedule"})
    utc = fields.String(metadata={"description": "in UTC"})
    local = fields.String(metadata={"description": "on the clock of the server"})
    note = fields.String(metadata={"description": "what a change of the clock does to it"})


class FiringOut(Schema):
    """A time and its job."""

    planned_at = fields.AwareDateTime()
    state = fields.String()
    job = fields.String()
    outcome = fields.String(allow_none=True, metadata={"description": "state of the job, as recorded"})
    late_ms = fields.Integer()
    passed = fields.Integer()
    asked_by = fields.String(allow_none=True)
    reason = fields.String(allow_none=True)


class WholeSchedule(ScheduleOut):
    """A schedule with its next times and its last ones."""

    runs = fields.List(fields.Nested(RunOut), metadata={"description": "the next five, none while it rests"})
    firings = fields.List(fields.Nested(FiringOut), metadata={"description": "the last ones, newest first"})
    result = fields.String(metadata={"description": "what putting it has done: created, changed or unchanged"})
    skipped_at = fields.AwareDateTime(metadata={"description": "the time that this act has left out"})


class ListedSchedule(ScheduleOut):
    """A schedule in a list."""

    recent = fields.List(fields.String(), metadata={"description": "how its latest 30 firings ended, oldest first"})


class ScheduleList(Schema):
    """All schedules by name."""

    schedules = fields.List(fields.Nested(ListedSchedule))


class PauseIn(Schema):
    """Why it is paused."""

    note = fields.String(allow_none=True, validate=validate.Length(max=500), metadata={"description": "why"})


class BackfillIn(Schema):
    """The times to make up."""

    start = fields.AwareDateTime(required=True, data_key="from", metadata={"description": "first time"})
    end = fields.AwareDateTime(required=True, data_key="to", metadata={"description": "last time; it must be over"})
    dry_run = fields.Boolean(load_default=False, metadata={"description": "only list the times"})


class BackfillOut(Schema):
    """The times that had no job."""

    name = fields.String()
    times = fields.List(fields.AwareDateTime())
    dry_run = fields.Boolean()


class ScheduleQuery(Schema):
    """How much of it."""

    firings = fields.Integer(
        load_default=30, validate=validate.Range(0, 1000), metadata={"description": "how many of the last firings"}
    )


class PreviewQuery(Schema):
    """A cron expression."""

    cron = fields.String(required=True, validate=validate.Length(1, 200), metadata={"example": "@hourly"})
    tz = fields.String(load_default="UTC", validate=NAME, metadata={"description": "time zone"})
    count = fields.Integer(load_default=5, validate=validate.Range(1, 100))
    after = fields.AwareDateTime(metadata={"description": "after this time instead of now"})


class Preview(Schema):
    """When it is due."""

    cron = fields.String()
    zone = fields.String()
    words = fields.String()
    runs = fields.List(fields.Nested(RunOut))
