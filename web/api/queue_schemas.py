"""Queues as JSON: what is asked, and what is answered."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from callboard.jobs.states import FINAL
from web.api.stat_schemas import Spread

LONGEST_MS: Final = 10 * 366 * 86_400_000
MOST_KEPT: Final = 10_000_000


class Rate(Schema):
    """So many starts in any window of a length."""

    count = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1_000_000))
    per_ms = fields.Integer(required=True, strict=True, validate=validate.Range(1, 86_400_000))


class PausedBy(Schema):
    """Who paused a queue, as far as it is written down."""

    by = fields.String()
    at = fields.AwareDateTime()
    note = fields.String(allow_none=True)


class QueueOut(Schema):
    """A queue."""

    name = fields.String()
    paused = fields.Boolean()
    paused_by = fields.Nested(PausedBy, allow_none=True)
    concurrency = fields.Integer(allow_none=True, metadata={"description": "so many at a time over all workers"})
    rate = fields.Nested(Rate, allow_none=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), metadata={"description": "jobs by state"})
    workers = fields.Integer(metadata={"description": "worker processes that serve it"})
    why = fields.String(allow_none=True, metadata={"description": "what holds all that waits in it"})
    affected = fields.Integer(metadata={"description": "jobs that this act has touched"})


class KeptFor(Schema):
    """How long Redis keeps finished jobs of a state."""

    age_ms = fields.Integer()
    count = fields.Integer(allow_none=True, metadata={"description": "of the newest so many at most"})


class WholeQueue(QueueOut):
    """A queue with what its counts do not tell."""

    starts = fields.Integer(allow_none=True, metadata={"description": "within the window of its rate"})
    limited_by_hand = fields.Boolean(metadata={"description": "somebody has set its limits, a deploy leaves them"})
    keep = fields.Dict(
        keys=fields.String(), values=fields.Nested(KeptFor), metadata={"description": "kept in Redis by final state"}
    )
    oldest_at = fields.AwareDateTime(allow_none=True, metadata={"description": "since when the oldest job waits"})
    types = fields.List(fields.String(), metadata={"description": "job types that are enqueued here by default"})


class QueueList(Schema):
    """All queues."""

    queues = fields.List(fields.Nested(QueueOut))


class Limits(Schema):
    """Limits over all workers; what is left out stays, null lifts a limit."""

    concurrency = fields.Integer(strict=True, allow_none=True, validate=validate.Range(1, 100_000))
    rate = fields.Nested(Rate, allow_none=True)

    @validates_schema
    def something(self, data: dict[str, Any], **_: Any) -> None:
        """A change changes something."""
        if not data:
            raise ValidationError("give concurrency, rate or both", "concurrency")


class QueuePauseIn(Schema):
    """Why a queue is paused."""

    note = fields.String(validate=validate.Length(1, 500), metadata={"description": "for those who wonder why"})


class DrainIn(Schema):
    """What to cancel."""

    delayed = fields.Boolean(load_default=False, metadata={"description": "delayed jobs too"})


class CleanIn(Schema):
    """What to forget."""

    state = fields.String(
        validate=validate.OneOf(FINAL), metadata={"description": "of this state; all finished ones if left out"}
    )
    older_than_ms = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(0, LONGEST_MS),
        metadata={"description": "those that finished longer ago than this"},
    )
    keep = fields.Integer(
        strict=True,
        validate=validate.Range(0, MOST_KEPT),
        metadata={"description": "those beyond the newest so many as well"},
    )


class QueueNumbersOut(Schema):
    """How a queue does."""

    name = fields.String()
    oldest_at = fields.AwareDateTime(allow_none=True, metadata={"description": "since when the oldest job waits"})
    completed = fields.Integer()
    failed = fields.Integer()
    cancelled = fields.Integer()
    failure_share = fields.Float(allow_none=True, metadata={"description": "of those that ended, 0 to 1"})
    run = fields.Nested(Spread, allow_none=True)
    wait = fields.Nested(Spread, allow_none=True)
    steps = fields.List(
        fields.Integer(), metadata={"description": "finished in each twelfth of the time, the newest last"}
    )


class QueueNumbersList(Schema):
    """How all queues do."""

    start = fields.AwareDateTime(data_key="from")
    end = fields.AwareDateTime(data_key="to")
    queues = fields.List(fields.Nested(QueueNumbersOut))
