"""Bulk acts: a verb on all jobs that a search finds, done in the background, told of each second, stoppable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final

from flask import g, url_for
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from callboard.history.bulk import VERBS
from callboard.history.bulk_acts import RUNNING, ask_to_stop, begin, find_act, list_acts
from callboard.history.bulk_doing import do_bulk
from callboard.history.bulk_scope import batches, scoped
from callboard.history.search.find import count
from callboard.history.search.grammar import parse
from callboard.history.search.query import Query
from web.api.job_list import LONGEST_QUERY
from web.audit import note
from web.problems import Problem
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("bulk", __name__, url_prefix="/api/v1/bulk", description="A verb on many jobs")
# What an answer may spend on counting, in seconds; a dry run is asked for its number.
COUNT_SECONDS: Final = 0.1
DRY_SECONDS: Final = 2.0
MOST_JOBS: Final = 10_000_000


class NewBulk(Schema):
    """A verb and the jobs that it is to be done to."""

    verb = fields.String(
        required=True,
        validate=validate.OneOf(tuple(VERBS)),
        metadata={"description": "retry, cancel, promote, or remove, which forgets finished jobs"},
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


@blueprint.route("")
class Bulk(MethodView):
    """All bulk acts."""

    @blueprint.response(200, BulkList)
    def get(self) -> Any:
        """The newest 50."""
        return {"bulk": [asdict(act) for act in list_acts(here().engine, here().now_ms())]}

    @blueprint.arguments(NewBulk)
    @blueprint.response(202, BulkOut)
    @blueprint.alt_response(200, schema=BulkOut, success=True)
    def post(self, values: dict[str, Any]) -> Any:
        """Do a verb to all jobs that a search finds; where it names no state, those the verb is usually done to."""
        query = scoped(parse(values["q"]), values["verb"])
        options = {name: values.get(name) for name in ("limit", "rate_per_s")}
        if values["dry_run"]:
            return dry_run(values, query, options)
        return started(values["verb"], values["q"], batches(here().engine, query), query, options)


@blueprint.route("/<id>")
class OneBulk(MethodView):
    """One bulk act."""

    @blueprint.response(200, BulkOut)
    def get(self, id: str) -> Any:
        """How far it is."""
        act = find_act(here().engine, id, here().now_ms())
        return asdict(act), 200, {"Retry-After": "1"} if act.state == RUNNING else {}

    @blueprint.response(202, BulkOut)
    @blueprint.alt_response(200, schema=BulkOut, success=True)
    def delete(self, id: str) -> Any:
        """Stop it after the batch that it is at; what is done stays done. 200 where it has ended already."""
        act = ask_to_stop(here().engine, id, here().now_ms())
        note("bulk.stop", id)
        return asdict(act), 202 if act.state == RUNNING else 200


def dry_run(values: dict[str, Any], query: Query, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """How many jobs it would be; nothing is done."""
    total = number_of(query, options["limit"], DRY_SECONDS)
    told = {"id": None, "verb": values["verb"], "query": values["q"], "who": g.caller.name, "state": "dry_run"}
    return told | {"stopping": False, "options": options | {"total": total}, "counts": {}}, 200


def started(
    verb: str, text: str, ids: Iterable[Sequence[str]], query: Query, options: dict[str, Any]
) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Begin an act in the background and answer where to look after it. Raises Problem while too many run."""
    services = here()
    if not services.bulk_threads.reserve():
        raise Problem(503, "busy", "too many bulk acts run here; try again later", headers={"Retry-After": "10"})
    try:
        total = number_of(query, options["limit"], COUNT_SECONDS)
        id = begin(services.engine, verb, text, g.caller.name, services.now_ms(), **options, total=total)
        note(f"bulk.{verb}", text, count=total or 0, detail={"bulk": id, **options})
        act = find_act(services.engine, id, services.now_ms())
    except BaseException:
        services.bulk_threads.give_back()
        raise
    engine, client = services.engine, services.client
    services.bulk_threads.run(lambda stop: do_bulk(engine, client, act, ids, stop))
    return asdict(act), 202, {"Location": url_for("bulk.OneBulk", id=id), "Retry-After": "1"}


def number_of(query: Query, limit: int | None, seconds: float) -> int | None:
    """How many jobs it is about, None where that cannot be counted in so many seconds."""
    found = count(here().engine, query, seconds=seconds)
    number = found.number if found.exact else None
    return number if limit is None or number is None else min(number, limit)
