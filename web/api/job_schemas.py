"""Jobs as JSON: what is taken, and what is answered."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from callboard.jobs.policy import priority_number
from web.vocabulary import StateWord

LONGEST_DELAY_MS: Final = 5 * 366 * 24 * 3_600_000
TAG: Final = validate.Length(1, 100)


class Priority(fields.Field[int]):
    """A word or a number from 1 to 100; the lower, the sooner."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        try:
            return priority_number(value)
        except (ValueError, AttributeError) as error:
            raise ValidationError(str(error)) from None


class NewJob(Schema):
    """A job to be enqueued."""

    type = fields.String(required=True, validate=validate.Length(1, 100), metadata={"description": "job type"})
    args = fields.Dict(
        keys=fields.String(), load_default=dict, metadata={"description": "arguments by name, as its type takes them"}
    )
    priority = Priority(metadata={"description": "critical, high, normal, low, or 1 to 100", "example": "high"})
    delay_ms = fields.Integer(
        strict=True, validate=validate.Range(0, LONGEST_DELAY_MS), metadata={"description": "run it after so long"}
    )
    run_at = fields.AwareDateTime(metadata={"description": "run it at this time, RFC 3339; not before it is accepted"})
    attempts = fields.Integer(
        strict=True, validate=validate.Range(1, 100), metadata={"description": "runs allowed, the first included"}
    )
    timeout_ms = fields.Integer(
        strict=True, validate=validate.Range(1, 7 * 24 * 3_600_000), metadata={"description": "time limit of one run"}
    )
    unique_key = fields.String(
        validate=validate.Length(1, 200),
        metadata={"description": "while a job with it is live, that one is the answer"},
    )
    fairness_key = fields.String(
        validate=validate.Length(1, 200), metadata={"description": "jobs with different keys take turns in a queue"}
    )
    tags = fields.List(
        fields.String(validate=TAG), validate=validate.Length(max=50), metadata={"description": "words to find it by"}
    )
    meta = fields.Dict(keys=fields.String(), metadata={"description": "anything of yours that is to stay with it"})

    @validates_schema
    def one_time(self, data: dict[str, Any], **_: Any) -> None:
        """A delay and a time exclude each other."""
        if "delay_ms" in data and "run_at" in data:
            raise ValidationError("give delay_ms or run_at, not both", "run_at")


class Why(Schema):
    """Why a job does not run."""

    reason = fields.String()
    until = fields.AwareDateTime(allow_none=True)


class Estimate(Schema):
    """When a job is expected to start and finish, and by what that is known."""

    starts_at = fields.AwareDateTime(allow_none=True)
    finishes_at = fields.AwareDateTime(allow_none=True)
    basis = fields.String(allow_none=True)


class JobOut(Schema):
    """A job."""

    id = fields.String()
    type = fields.String()
    queue = fields.String()
    state = StateWord(metadata={"description": "waiting, delayed, blocked, active, completed, failed or cancelled"})
    version = fields.Integer(metadata={"description": "rises with every change"})
    reason = fields.String(allow_none=True)
    priority = fields.String()
    attempt = fields.Integer(metadata={"description": "runs so far"})
    attempts = fields.Integer(metadata={"description": "runs allowed"})
    crashes = fields.Integer()
    args = fields.Raw(metadata={"description": "arguments by name; those without one under `_`"})
    enqueued_at = fields.AwareDateTime(allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    started_at = fields.AwareDateTime(allow_none=True)
    finished_at = fields.AwareDateTime(allow_none=True)
    timeout_ms = fields.Integer(allow_none=True)
    worker = fields.String(allow_none=True)
    cancelling = fields.Boolean()
    progress = fields.Raw(allow_none=True, metadata={"description": "done, total, percent, step, eta_ms"})
    checkpoint = fields.Raw(allow_none=True)
    flow = fields.String(allow_none=True)
    step = fields.String(allow_none=True)
    blocked_by = fields.String(allow_none=True)
    unique_key = fields.String(allow_none=True)
    fairness_key = fields.String(allow_none=True)
    tags = fields.List(fields.String())
    meta = fields.Raw()
    why = fields.Nested(Why, allow_none=True)
    place = fields.Integer(allow_none=True, metadata={"description": "how many are before it"})
    estimate = fields.Nested(Estimate)
    errors = fields.Raw(metadata={"description": "what went wrong in each run"})
    log_lines = fields.Integer()
    allowed = fields.List(fields.String(), metadata={"description": "what may be done with it now"})


class ResultOut(Schema):
    """What a job returned."""

    id = fields.String()
    state = StateWord()
    result = fields.Raw(allow_none=True)
