"""Queues: how they stand, their limits, pausing, draining and cleaning them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from difflib import get_close_matches
from typing import Any, Final

from flask.views import MethodView

from callboard.broker.errors import UnknownQueue
from callboard.broker.gauges import oldest_ready_ms
from callboard.broker.queue_detail import queue_detail
from callboard.history.audit import AuditLine, last_acts
from callboard.jobs.clock import duration_ms, from_ms
from callboard.jobs.policy import RETENTION, RateLimit, queue_slug
from callboard.jobs.states import FINAL
from web.api import queue_schemas as schemas
from web.api.shared import shared_overview
from web.audit import note
from web.problems import of_error
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("queues", __name__, url_prefix="/api/v1/queues", description="Queues")
PAUSE: Final = "queue.pause"
RESUME: Final = "queue.resume"


@blueprint.route("")
class Queues(MethodView):
    """All queues."""

    @blueprint.response(200, schemas.QueueList)
    def get(self) -> Any:
        """All queues with the number of their jobs in each state, by name."""
        queues = list(shared_overview().queues.values())
        paused = paused_by([queue["name"] for queue in queues if queue["paused"]])
        return {"queues": [queue | {"paused_by": paused.get(queue["name"])} for queue in queues]}


@blueprint.route("/<queue>")
class OneQueue(MethodView):
    """One queue."""

    @blueprint.response(200, schemas.WholeQueue)
    def get(self, queue: str) -> Any:
        """One queue: its limits and their use, how many jobs are in each state, what holds them, who paused it."""
        return whole(known_queue(queue))

    @blueprint.arguments(schemas.Limits)
    @blueprint.response(200, schemas.QueueOut)
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

    @blueprint.arguments(schemas.QueuePauseIn, required=False)
    @blueprint.response(200, schemas.QueueOut)
    def put(self, values: dict[str, Any], queue: str) -> Any:
        """Start no job of a queue any more; those that run go on. A note tells others why."""
        name = known_queue(queue)
        here().control.pause(name)
        return acted(PAUSE, name, detail=values or None)

    @blueprint.response(200, schemas.QueueOut)
    def delete(self, queue: str) -> Any:
        """Start jobs of a queue again."""
        name = known_queue(queue)
        here().control.resume(name)
        return acted(RESUME, name)


@blueprint.route("/<queue>/throttle")
class Throttle(MethodView):
    """The limits of a queue that somebody has set."""

    @blueprint.response(200, schemas.QueueOut)
    def delete(self, queue: str) -> Any:
        """Lift cap and rate of a queue."""
        name, control = known_queue(queue), here().control
        control.unlimit_rate(name)
        control.limit(name, concurrency=0)
        return acted("queue.unlimit", name)


@blueprint.route("/<queue>/drain")
class Drain(MethodView):
    """The end of all that waits in a queue."""

    @blueprint.arguments(schemas.DrainIn)
    @blueprint.response(200, schemas.QueueOut)
    def post(self, values: dict[str, Any], queue: str) -> Any:
        """Cancel all jobs that wait in a queue; `affected` says how many that were."""
        name = known_queue(queue)
        done = here().control.drain(name, delayed=values["delayed"])
        return acted("queue.drain", name, done, values)


@blueprint.route("/<queue>/clean")
class Clean(MethodView):
    """The finished jobs of a queue."""

    @blueprint.arguments(schemas.CleanIn)
    @blueprint.response(200, schemas.QueueOut)
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


def whole(name: str) -> dict[str, Any]:
    """A queue with what its counts do not tell."""
    store, queue = here().store, shown(name)
    detail = queue_detail(store.links, name)
    told = {
        "paused_by": paused_by([name]).get(name) if queue["paused"] else None,
        "starts": detail.starts,
        "limited_by_hand": detail.by_hand,
        "keep": kept_by_default() | detail.keep,
        "oldest_at": from_ms(oldest_ready_ms(store, [name]).get(name)),
        "types": sorted(type for type, actor in here().types.items() if actor.queue_name == name),
    }
    return queue | told


def kept_by_default() -> dict[str, dict[str, int | None]]:
    """What a queue keeps that says nothing else."""
    return {state: {"age_ms": duration_ms(keep.age), "count": keep.count} for state, keep in RETENTION.items()}


def paused_by(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Who paused some queues, as far as it is written down; the history being away is no reason to show nothing."""
    try:
        lines = last_acts(here().engine, (PAUSE, RESUME), names) if names else {}
    except Exception as error:
        if of_error(error).status != 503:
            raise
        return {}
    return {name: pause_values(line) for name, line in lines.items() if line.verb == PAUSE}


def pause_values(line: AuditLine) -> dict[str, Any]:
    """A line about a pause as JSON values."""
    detail = json.loads(line.detail) if line.detail else {}
    return {"by": line.who, "at": from_ms(line.at_ms), "note": detail.get("note")}


def shown(name: str) -> dict[str, Any]:
    """A queue as it stands."""
    return shared_overview().queues[name]


def acted(verb: str, name: str, count: int = 1, detail: dict[str, Any] | None = None) -> dict[str, Any]:
    """The queue as it is after an act, which is written down."""
    note(verb, name, count=count, detail=detail)
    return shown(name) | {"affected": count}
