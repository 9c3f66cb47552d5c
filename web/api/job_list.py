"""Lists of jobs: found by the one grammar, newest first, page by page; as JSON, NDJSON or CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from typing import Any, Final

import orjson
from flask import Response, request, url_for
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from callboard.history.search.find import MOST, Page, find
from callboard.history.search.grammar import parse
from callboard.history.search.lines import JobLine
from callboard.history.search.query import Everything, Query, all_of
from callboard.history.search.suggest import suggest
from callboard.history.search.writing import write_text
from callboard.jobs.policy import priority_word
from callboard.jobs.states import STATES
from research.exports.cells import csv_cell
from web.api.shared import shared_overview
from web.services import here
from web.strict_blueprint import StrictBlueprint
from web.vocabulary import state_word

blueprint = StrictBlueprint("job_list", __name__, url_prefix="/api/v1/jobs", description="Lists of jobs")
LONGEST_QUERY: Final = 2_000
NDJSON: Final = "application/x-ndjson"
CSV: Final = "text/csv"
TEXT: Final = {"schema": {"type": "string"}}


class ListQuery(Schema):
    """Which jobs."""

    q = fields.String(
        validate=validate.Length(max=LONGEST_QUERY),
        metadata={"description": "a search", "example": "state:failed age:<1d"},
    )
    state = fields.String(validate=validate.Length(max=200), metadata={"description": "states, separated by commas"})
    queue = fields.String(validate=validate.Length(max=500), metadata={"description": "queues, separated by commas"})
    type = fields.String(validate=validate.Length(max=500), metadata={"description": "types, separated by commas"})
    limit = fields.Integer(load_default=50, metadata={"description": f"at most so many, {MOST} at the most"})
    cursor = fields.String(validate=validate.Length(max=200), metadata={"description": "where another page goes on"})


class ListedJob(Schema):
    """A job in a list; long arguments and errors are cut."""

    id = fields.String()
    type = fields.String()
    queue = fields.String()
    state = fields.String()
    version = fields.Integer()
    reason = fields.String(allow_none=True)
    priority = fields.String()
    attempt = fields.Integer()
    attempts = fields.Integer()
    wait_ms = fields.Integer(allow_none=True)
    run_ms = fields.Integer(allow_none=True)
    worker = fields.String(allow_none=True)
    user = fields.String(allow_none=True)
    schedule = fields.String(allow_none=True)
    flow = fields.String(allow_none=True)
    step = fields.String(allow_none=True)
    cost_usd = fields.Float(allow_none=True)
    error_class = fields.String(allow_none=True)
    error_type = fields.String(allow_none=True)
    fingerprint = fields.String(allow_none=True)
    enqueued_at = fields.AwareDateTime(allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    started_at = fields.AwareDateTime(allow_none=True)
    finished_at = fields.AwareDateTime(allow_none=True)
    arguments = fields.String()
    error = fields.String(allow_none=True)
    tags = fields.List(fields.String())
    progress = fields.Raw(allow_none=True)


class JobPage(Schema):
    """A page of a list."""

    jobs = fields.List(fields.Nested(ListedJob))
    next = fields.String(allow_none=True, metadata={"description": "cursor of the older jobs"})
    prev = fields.String(allow_none=True, metadata={"description": "cursor of the newer jobs"})
    count = fields.Integer(allow_none=True, metadata={"description": "how many fit, where that is quickly counted"})
    cut = fields.String(allow_none=True, metadata={"description": "how far a search got that took too long"})
    since = fields.String(allow_none=True, metadata={"description": "cursor of what has come since its first job"})


class Counts(Schema):
    """How many jobs."""

    states = fields.Dict(keys=fields.String(), values=fields.Integer())
    queues = fields.Dict(keys=fields.String(), values=fields.Dict(keys=fields.String(), values=fields.Integer()))


class SuggestQuery(Schema):
    """What was typed so far."""

    q = fields.String(load_default="", validate=validate.Length(max=LONGEST_QUERY))


class SuggestionOut(Schema):
    """What the last term may become."""

    shown = fields.String(attribute="term")
    text = fields.String(metadata={"description": "the whole search with it"})
    means = fields.String(allow_none=True)


class Suggestions(Schema):
    """The likeliest first."""

    suggestions = fields.List(fields.Nested(SuggestionOut))


@blueprint.route("")
class Listed(MethodView):
    """Jobs that fit a search."""

    @blueprint.arguments(ListQuery, location="query")
    @blueprint.response(200, JobPage)
    @blueprint.doc(
        responses={
            "200": {
                "description": "a page",
                "content": {"application/json": {"schema": JobPage}, CSV: TEXT, NDJSON: TEXT},
            }
        }
    )
    def get(self, asked: dict[str, Any]) -> Any:
        """Jobs, newest first; also as `text/csv` or `application/x-ndjson`."""
        page = find(here().engine, query_of(asked), asked.get("cursor"), max(1, min(asked["limit"], MOST)))
        rows = [row_of(job) for job in page.jobs]
        kind = request.accept_mimetypes.best_match(["application/json", NDJSON, CSV], "application/json")
        if kind != "application/json":
            return Response(ndjson(rows) if kind == NDJSON else csv_text(rows), content_type=kind, headers=links(page))
        beside = {"next": page.next, "prev": page.prev, "count": page.count, "cut": page.cut, "since": page.since}
        return {"jobs": rows} | beside, 200, links(page)


@blueprint.route("/counts")
class CountsView(MethodView):
    """Counts of live and kept jobs."""

    @blueprint.response(200, Counts)
    def get(self) -> Any:
        """How many jobs each queue has in each state."""
        queues = {name: queue["counts"] for name, queue in shared_overview().queues.items()}
        return {"states": {state: sum(found[state] for found in queues.values()) for state in STATES}, "queues": queues}


@blueprint.route("/suggest")
class Suggest(MethodView):
    """Completions of a search."""

    @blueprint.arguments(SuggestQuery, location="query")
    @blueprint.response(200, Suggestions)
    def get(self, asked: dict[str, Any]) -> Any:
        """What the term at the end of a search may become."""
        return {"suggestions": suggest(here().engine, asked["q"])}


def query_of(asked: dict[str, Any]) -> Query:
    """The search of `q` and of the filters beside it. Raises BadQuery."""
    parts = [parse(asked["q"])] if asked.get("q", "").strip() else []
    for key in ("state", "queue", "type"):
        values = [value for value in asked.get(key, "").split(",") if value.strip()]
        parts += [parse(f"{key}:{','.join(write_text(value.strip()) for value in values)}")] if values else []
    return all_of(parts) if parts else Everything()


def row_of(job: JobLine) -> dict[str, Any]:
    """A job of a list as values."""
    return asdict(job) | {"priority": priority_word(job.priority), "state": state_word(job.state)}


def links(page: Page) -> dict[str, str]:
    """The pages beside this one (RFC 8288)."""
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name != "cursor"}
    beside = {"next": page.next, "prev": page.prev}
    found = [
        f'<{url_for("job_list.Listed", **kept, cursor=cursor)}>; rel="{name}"'
        for name, cursor in beside.items()
        if cursor
    ]
    return {"Link": ", ".join(found)} if found else {}


def ndjson(rows: list[dict[str, Any]]) -> bytes:
    """One JSON object a line."""
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def csv_text(rows: list[dict[str, Any]]) -> str:
    """Comma-separated values in which no text becomes a formula."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(ListedJob().fields)
    writer.writerows([csv_cell(row[name]) for name in ListedJob().fields] for row in rows)
    return target.getvalue()
