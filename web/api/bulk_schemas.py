"""Bulk acts as JSON: what is taken, and what is answered."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from callboard.history.bulk import VERBS
from callboard.jobs.change import TAGS_MOST
from web.api.job_list import LONGEST_QUERY
from web.api.job_schemas import LONGEST_DELAY_MS, TAG, Priority

MOST_JOBS: Final = 10_000_000
ALSO: Final = {"delete": "remove"}
# What verbs are told: the changing ones must be, the others are told nothing.
OWN: Final[dict[str, tuple[str, ...]]] = {
    "retry": ("from_checkpoint",),
    "priority": ("priority",),
    "move": ("queue",),
    "delay": ("delay_ms", "run_at"),
    "tag": ("add_tags", "remove_tags"),
}
TAGS: Final = validate.Length(1, TAGS_MOST)


class NewBulk(Schema):
    """A verb and the jobs that it is to be done to."""

    verb = fields.String(
        required=True,
        validate=validate.OneOf((*VERBS, *ALSO)),
        metadata={
            "description": "retry, cancel, withdraw, promote, remove (or delete), which forgets finished jobs; "
            "priority, move, delay, tag, which change jobs and are told to what"
        },
    )
    q = fields.String(
        required=True,
        validate=validate.Length(1, LONGEST_QUERY),
        metadata={"description": "a search that chooses jobs", "example": "state:failed queue:mail"},
    )
    limit = fields.Integer(
        strict=True, validate=validate.Range(1, MOST_JOBS), metadata={"description": "the oldest so many"}
    )
    rate_per_s = fields.Float(
        validate=validate.Range(0.01, 100_000), metadata={"description": "so many a second at most"}
    )
    dry_run = fields.Boolean(load_default=False, metadata={"description": "only say how many it would be"})
    from_checkpoint = fields.Boolean(
        metadata={"description": "for retry: go on from their checkpoints, or forget them; see a retry of one job"}
    )
    priority = Priority(metadata={"description": "for priority: critical, high, normal, low, or 1 to 100"})
    queue = fields.String(validate=validate.Length(1, 100), metadata={"description": "for move: the queue"})
    delay_ms = fields.Integer(
        strict=True, validate=validate.Range(0, LONGEST_DELAY_MS), metadata={"description": "for delay: so long"}
    )
    run_at = fields.AwareDateTime(metadata={"description": "for delay: not before this time"})
    add_tags = fields.List(fields.String(validate=TAG), validate=TAGS, metadata={"description": "for tag"})
    remove_tags = fields.List(fields.String(validate=TAG), validate=TAGS, metadata={"description": "for tag"})

    @validates_schema
    def told_to_what(self, data: dict[str, Any], **_: Any) -> None:
        """A changing verb has what belongs to it, and no other verb's."""
        own = OWN.get(data["verb"], ())
        if own and data["verb"] != "retry" and not any(name in data for name in own):
            raise ValidationError(f"verb {data['verb']} needs {' or '.join(own)}", own[0])
        foreign = {name for names in OWN.values() for name in names if name in data} - set(own)
        if foreign:
            raise ValidationError({name: [f"is not for verb {data['verb']}"] for name in sorted(foreign)})
        if "delay_ms" in data and "run_at" in data:
            raise ValidationError("give delay_ms or run_at, not both", "run_at")

    @post_load
    def by_one_name(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """The verb by the name that the engine knows."""
        return data | {"verb": ALSO.get(data["verb"], data["verb"])}


class BulkCounts(Schema):
    """How far it is."""

    seen = fields.Integer(metadata={"description": "jobs that were tried"})
    done = fields.Integer()
    skipped = fields.Integer(metadata={"description": "in another state by then"})
    failed = fields.Integer(metadata={"description": "refused, such as for a unique key that another job holds"})
    forgotten = fields.Integer(metadata={"description": "known neither to Redis nor to the history"})
    answers = fields.Dict(keys=fields.String(), values=fields.Integer(), metadata={"description": "of those not done"})


class BulkOptions(Schema):
    """What it was asked for with."""

    limit = fields.Integer(allow_none=True)
    rate_per_s = fields.Float(allow_none=True)
    total = fields.Integer(allow_none=True, metadata={"description": "jobs that it is about, where quickly counted"})
    from_checkpoint = fields.Boolean()
    priority = fields.String()
    queue = fields.String()
    run_at = fields.AwareDateTime()
    add_tags = fields.List(fields.String())
    remove_tags = fields.List(fields.String())


class BulkOut(Schema):
    """A bulk act."""

    id = fields.String(allow_none=True, metadata={"description": "none for a dry run"})
    verb = fields.String()
    query = fields.String()
    who = fields.String()
    state = fields.String(
        metadata={"description": "running, finished, stopped, failed, or interrupted with its process; dry_run"}
    )
    stopping = fields.Boolean()
    options = fields.Nested(BulkOptions)
    counts = fields.Nested(BulkCounts)
    error = fields.String(allow_none=True)
    started_at = fields.AwareDateTime(allow_none=True)
    seen_at = fields.AwareDateTime(allow_none=True)
    finished_at = fields.AwareDateTime(allow_none=True)


class BulkList(Schema):
    """The newest bulk acts."""

    bulk = fields.List(fields.Nested(BulkOut))
