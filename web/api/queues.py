"""Queues: how they stand, their limits, pausing, draining and cleaning them."""

from __future__ import annotations

from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Final

from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from callboard.broker.errors import UnknownQueue
from callboard.jobs.policy import RateLimit, queue_slug
from callboard.jobs.states import FINAL
from web.api.shared import shared_overview
from web.audit import note
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("queues", __name__, url_prefix="/api/v1/queues", description="Queues")
LONGEST_MS: Final = 10 * 366 * 86_400_000
MOST_KEPT: Final = 10_000_000


class Rate(Schema):
    """So many starts in any window of a length."""

    count = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1_000_000))
    per_ms = fields.Integer(required=True, strict=True, validate=validate.Range(1, 86_400_000))


class QueueOut(Schema):
    """A queue."""

    name = fields.String()
    paused = fields.Boolean()
    concurrency = fields.Integer(allow_none=True, metadata={"description": "so many at a time over all workers"})
    rate = fields.Nested(Rate, allow_none=True)
    counts = fields.Dict(keys=fields.String(), values=fields.Integer(), metadata={"description": "jobs by state"})
    workers = fields.Integer(metadata={"description": "worker processes that serve it"})
    why = fields.String(allow_none=True, metadata={"description": "what holds all that waits in it"})
    affected = fields.Integer(metadata={"description": "jobs that this act has touched"})


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


@blueprint.route("")
class Queues(MethodView):
    """All queues."""

    @blueprint.response(200, QueueList)
    def get(self) -> Any:
        """All queues with the number of their jobs in each state, by name."""
        return {"queues": list(shared_overview().queues.values())}


@blueprint.route("/<queue>")
class OneQueue(MethodView):
    """One queue."""

    @blueprint.response(200, QueueOut)
    def get(self, queue: str) -> Any:
        """One queue: its limits, how many jobs are in each state, and what holds them."""
        return shown(known_queue(queue))

    @blueprint.arguments(Limits)
    @blueprint.response(200, QueueOut)
    def patch(self, values: dict[str, Any], queue: str) -> Any:
        """Limit a queue over all workers, from now on; no attempt is spent by waiting."""
        name, control = known_queue(queue), here().control
        rate = values.get("rate")
        if "rate" in values and rate is None:
            control.unlimit_rate(name)
        if "concurrency" in values or rate:
            concurrency = (values["concurrency"] or 0) if "concurrency" in values else None
            limit = RateLimit(rate["count"], rate["per_ms"] / 1000) if rate else None
            control.limit(name, concurrency=concurrency, rate=limit)
        return acted("queue.limit", name, detail=values)


@blueprint.route("/<queue>/pause")
class Pause(MethodView):
    """The pause of a queue."""

    @blueprint.response(200, QueueOut)
    def put(self, queue: str) -> Any:
        """Start no job of a queue any more; those that run go on."""
        name = known_queue(queue)
        here().control.pause(name)
        return acted("queue.pause", name)

    @blueprint.response(200, QueueOut)
    def delete(self, queue: str) -> Any:
        """Start jobs of a queue again."""
        name = known_queue(queue)
        here().control.resume(name)
        return acted("queue.resume", name)


@blueprint.route("/<queue>/throttle")
class Throttle(MethodView):
    """The limits of a queue that somebody has set."""

    @blueprint.response(200, QueueOut)
    def delete(self, queue: str) -> Any:
        """Lift cap and rate of a queue."""
        name, control = known_queue(queue), here().control
        control.unlimit_rate(name)
        control.limit(name, concurrency=0)
        return acted("queue.unlimit", name)


@blueprint.route("/<queue>/drain")
class Drain(MethodView):
    """The end of all that waits in a queue."""

    @blueprint.arguments(DrainIn)
    @blueprint.response(200, QueueOut)
    def post(self, values: dict[str, Any], queue: str) -> Any:
        """Cancel all jobs that wait in a queue; `affected` says how many that were."""
        name = known_queue(queue)
        done = here().control.drain(name, delayed=values["delayed"])
        return acted("queue.drain", name, done, values)


@blueprint.route("/<queue>/clean")
class Clean(MethodView):
    """The finished jobs of a queue."""

    @blueprint.arguments(CleanIn)
    @blueprint.response(200, QueueOut)
    def post(self, values: dict[str, Any], queue: str) -> Any:
        """Forget finished jobs of a queue; the history keeps them. `affected` says how many that were."""
        name, grace = known_queue(queue), timedelta(milliseconds=values["older_than_ms"])
        states = (values["state"],) if "state" in values else FINAL
        done = sum(here().control.clean(name, state, grace, keep=values.get("keep")) for state in states)
        return acted("queue.clean", name, done, values)


def known_queue(text: str) -> str:
    """The name of a queue, however it is spelt. Raises UnknownQueue, which names the nearest."""
    names = list(shared_overview().queues)
    try:
        name = queue_slug(text)
    except ValueError as error:
        raise UnknownQueue(str(error)) from None
    if name not in names:
        near = get_close_matches(name, names, 1)
        hint = f"; did you mean {near[0]}?" if near else "; GET /api/v1/queues lists them"
        raise UnknownQueue(f"queue {name} is unknown{hint}")
    return name


def shown(name: str) -> dict[str, Any]:
    """A queue as it stands."""
    return shared_overview().queues[name]


def acted(verb: str, name: str, count: int = 1, detail: dict[str, Any] | None = None) -> dict[str, Any]:
    """The queue as it is after an act, which is written down."""
    note(verb, name, count=count, detail=detail)
    return shown(name) | {"affected": count}
