"""Bulk acts: a verb on all jobs that a search finds, done in the background, told of each second, stoppable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final

from flask import g, url_for
from flask.views import MethodView

from callboard.history.bulk_acts import RUNNING, BulkAct, ask_to_stop, begin, find_act, list_acts
from callboard.history.bulk_doing import do_bulk
from callboard.history.bulk_scope import batches, scoped
from callboard.history.search.find import count
from callboard.history.search.grammar import parse
from callboard.history.search.query import Query
from callboard.jobs.clock import from_ms
from callboard.jobs.policy import priority_word
from web.api.bulk_schemas import BulkList, BulkOut, NewBulk
from web.api.calls import stamp, target_queue
from web.audit import note
from web.problems import Problem
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("bulk", __name__, url_prefix="/api/v1/bulk", description="A verb on many jobs")
# What an answer may spend on counting, in seconds; a dry run is asked for its number.
COUNT_SECONDS: Final = 0.1
DRY_SECONDS: Final = 2.0
OPTIONS: Final = ("limit", "rate_per_s")
TOLD: Final = ("from_checkpoint", "priority", "add_tags", "remove_tags")


@blueprint.route("")
class Bulk(MethodView):
    """All bulk acts."""

    @blueprint.response(200, BulkList)
    def get(self) -> Any:
        """The newest 50."""
        return {"bulk": [shown(act) for act in list_acts(here().engine, here().now_ms())]}

    @blueprint.arguments(NewBulk)
    @blueprint.response(202, BulkOut)
    @blueprint.alt_response(200, schema=BulkOut, success=True)
    def post(self, values: dict[str, Any]) -> Any:
        """Do a verb to all jobs that a search finds; where it names no state, those the verb is usually done to."""
        query = scoped(parse(values["q"]), values["verb"])
        options = options_of(values)
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
        return shown(act), 200, {"Retry-After": "1"} if act.state == RUNNING else {}

    @blueprint.response(202, BulkOut)
    @blueprint.alt_response(200, schema=BulkOut, success=True)
    def delete(self, id: str) -> Any:
        """Stop it after the batch that it is at; what is done stays done. 200 where it has ended already."""
        act = ask_to_stop(here().engine, id, here().now_ms())
        note("bulk.stop", id)
        return shown(act), 202 if act.state == RUNNING else 200


def options_of(values: dict[str, Any]) -> dict[str, Any]:
    """What the act is to be done with, as it is kept. Raises Problem."""
    options = {name: values.get(name) for name in OPTIONS}
    options |= {name: values[name] for name in TOLD if name in values}
    if "queue" in values:
        options["queue"] = target_queue(values["queue"])
    if "run_at" in values:
        options["due_ms"] = stamp(values["run_at"])
    if "delay_ms" in values:
        options["due_ms"] = here().store.now_ms() + values["delay_ms"]
    return options


def shown(act: BulkAct) -> dict[str, Any]:
    """An act as it is shown."""
    return asdict(act) | {"options": shown_options(act.options)}


def shown_options(options: dict[str, Any]) -> dict[str, Any]:
    """What it was asked for with, in the words in which it was asked."""
    words = {"priority": priority_word(options["priority"])} if "priority" in options else {}
    return options | words | ({"run_at": from_ms(options["due_ms"])} if "due_ms" in options else {})


def dry_run(values: dict[str, Any], query: Query, options: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """How many jobs it would be; nothing is done."""
    total = number_of(query, options["limit"], DRY_SECONDS)
    told = {"id": None, "verb": values["verb"], "query": values["q"], "who": g.caller.name, "state": "dry_run"}
    return told | {"stopping": False, "options": shown_options(options) | {"total": total}, "counts": {}}, 200


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
    return shown(act), 202, {"Location": url_for("bulk.OneBulk", id=id), "Retry-After": "1"}


def number_of(query: Query, limit: int | None, seconds: float) -> int | None:
    """How many jobs it is about, None where that cannot be counted in so many seconds."""
    found = count(here().engine, query, seconds=seconds)
    number = found.number if found.exact else None
    return number if limit is None or number is None else min(number, limit)
