"""Groups of failures: what fails most and since when, what somebody decides about it, and retrying its jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from callboard.history.bulk_scope import scoped
from callboard.history.database import Session
from callboard.history.failed_jobs import count_failed, failed_ids, newest_failures
from callboard.history.failure_decisions import annotate, assign, ignore, reopen, resolve
from callboard.history.failure_groups import IGNORED
from callboard.history.failure_trends import shares, trends
from callboard.history.failures import (
    ORDERS,
    STATUSES,
    FailureGroup,
    GroupQuery,
    count_groups,
    find_group,
    list_groups,
    place,
)
from callboard.history.search.grammar import parse
from callboard.jobs.errors import ERROR_CLASSES
from web.api.bulk import started
from web.api.bulk_schemas import MOST_JOBS, BulkOut
from web.audit import noted
from web.problems import Problem
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("errors", __name__, url_prefix="/api/v1/errors", description="Groups of failures")
MOST: Final = 200


class GroupsQuery(Schema):
    """Which groups."""

    status = fields.String(validate=validate.OneOf(STATUSES), metadata={"description": "open, ignored or resolved"})
    type = fields.String(validate=validate.Length(1, 64), metadata={"description": "that failed in this job type"})
    error_class = fields.String(
        validate=validate.OneOf(tuple(ERROR_CLASSES)), metadata={"description": "of this class"}
    )
    order = fields.String(
        load_default="last", validate=validate.OneOf(tuple(ORDERS)), metadata={"description": "the newest or the most"}
    )
    limit = fields.Integer(load_default=50, metadata={"description": f"at most so many, {MOST} at the most"})
    cursor = fields.String(validate=validate.Length(max=60), metadata={"description": "where another page goes on"})


class GroupOut(Schema):
    """Failures with one fingerprint."""

    fingerprint = fields.String()
    error_class = fields.String()
    error_type = fields.String()
    message = fields.String()
    frame = fields.String(metadata={"description": "top frame of our own code"})
    failures = fields.Integer()
    types = fields.List(fields.String())
    first_at = fields.AwareDateTime()
    last_at = fields.AwareDateTime()
    sample_job = fields.String()
    status = fields.String()
    status_at = fields.AwareDateTime(allow_none=True)
    ignored_until = fields.AwareDateTime(allow_none=True)
    assignee = fields.String(allow_none=True)
    note = fields.String(allow_none=True)
    trend = fields.List(fields.Integer(), metadata={"description": "failures in each of the last 24 hours"})
    share = fields.Float(allow_none=True, metadata={"description": "of the attempts of its types, last day, 0 to 1"})


class GroupPage(Schema):
    """A page of groups."""

    errors = fields.List(fields.Nested(GroupOut))
    counts = fields.Dict(
        keys=fields.String(), values=fields.Integer(), metadata={"description": "how many groups have each status"}
    )
    next = fields.String(allow_none=True, metadata={"description": "cursor of the next page"})


class FailureOut(Schema):
    """One attempt that failed."""

    job = fields.String()
    attempt = fields.Integer()
    at = fields.AwareDateTime()
    type = fields.String()
    queue = fields.String()
    final = fields.Boolean()
    error_class = fields.String()
    error_type = fields.String()
    message = fields.String()
    traceback = fields.String()


class WholeGroup(GroupOut):
    """A group with its newest failures."""

    failed_jobs = fields.Integer(metadata={"description": "jobs that stay failed"})
    newest = fields.List(fields.Nested(FailureOut))


class Decision(Schema):
    """What somebody decides; what is left out stays."""

    status = fields.String(validate=validate.OneOf(STATUSES))
    ignored_until = fields.AwareDateTime(allow_none=True, metadata={"description": "for good if left out"})
    assignee = fields.String(allow_none=True, validate=validate.Length(max=200))
    note = fields.String(allow_none=True, validate=validate.Length(max=5_000))

    @validates_schema
    def makes_sense(self, data: dict[str, Any], **_: Any) -> None:
        """A decision decides something, and only what is ignored has an end."""
        if not data:
            raise ValidationError("give status, assignee or note", "status")
        if "ignored_until" in data and data.get("status") != IGNORED:
            raise ValidationError("only with status ignored", "ignored_until")


class RetryIn(Schema):
    """How its jobs are retried."""

    limit = fields.Integer(
        strict=True, validate=validate.Range(1, MOST_JOBS), metadata={"description": "the oldest so many"}
    )
    rate_per_s = fields.Float(validate=validate.Range(0.01, 100_000), metadata={"description": "so many a second"})


@blueprint.route("")
class Groups(MethodView):
    """All groups."""

    @blueprint.arguments(GroupsQuery, location="query")
    @blueprint.response(200, GroupPage)
    def get(self, asked: dict[str, Any]) -> Any:
        """Groups of failures, the newest or largest first."""
        limit = max(1, min(asked["limit"], MOST))
        after = read_cursor(asked["cursor"]) if "cursor" in asked else None
        wanted = {name: asked.get(name) for name in ("status", "type", "error_class")}
        query = GroupQuery(**wanted, order=asked["order"], after=after, limit=limit + 1)
        found = list_groups(here().engine, query)
        page = found[:limit]
        more = place(page[-1], asked["order"]) if len(found) > limit else None
        counts = count_groups(here().engine)
        return {"errors": shown(page), "counts": counts, "next": more and f"{more[0]}.{more[1]}"}


@blueprint.route("/<fingerprint>")
class OneGroup(MethodView):
    """One group."""

    @blueprint.response(200, WholeGroup)
    def get(self, fingerprint: str) -> Any:
        """A group with its newest failures; the first digits of its fingerprint will do."""
        return whole(find_group(here().engine, fingerprint))

    @blueprint.arguments(Decision)
    @blueprint.response(200, WholeGroup)
    def patch(self, values: dict[str, Any], fingerprint: str) -> Any:
        """Resolve, ignore or open a group again, say whose it is, note something."""
        services = here()
        found = find_group(services.engine, fingerprint).fingerprint
        now_ms = services.store.now_ms()
        with noted("error.decide", found, detail=plain(values)) as session:
            decide(session, found, values, now_ms)
        return whole(find_group(services.engine, found))


@blueprint.route("/<fingerprint>/retry")
class RetryGroup(MethodView):
    """Another run of the failed jobs of a group."""

    @blueprint.arguments(RetryIn)
    @blueprint.response(202, BulkOut)
    def post(self, values: dict[str, Any], fingerprint: str) -> Any:
        """Run the failed jobs of a group again, in the background: a bulk act."""
        found = find_group(here().engine, fingerprint).fingerprint
        text = f"fingerprint:{found} state:failed"
        options = {name: values.get(name) for name in ("limit", "rate_per_s")}
        return started("retry", text, failed_ids(here().engine, found), scoped(parse(text), "retry"), options)


def decide(session: Session, fingerprint: str, values: dict[str, Any], now_ms: int) -> None:
    """Write down what was decided."""
    match values.get("status"):
        case "resolved":
            resolve(session, fingerprint, now_ms)
        case "ignored":
            ignore(session, fingerprint, values.get("ignored_until"), now_ms)
        case "open":
            reopen(session, fingerprint, now_ms)
    if "assignee" in values:
        assign(session, fingerprint, values["assignee"])
    if "note" in values:
        annotate(session, fingerprint, values["note"])


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """A decision as JSON values."""
    return {name: value.isoformat() if name == "ignored_until" and value else value for name, value in values.items()}


def shown(groups: Sequence[FailureGroup]) -> list[dict[str, Any]]:
    """Groups with their trend and share; secrets in their words are hidden."""
    engine = here().engine
    hours, parts = trends(engine, [group.fingerprint for group in groups]), shares(engine, groups)
    mask = here().mask
    more = [
        {
            "message": mask(group.message),
            "trend": hours.get(group.fingerprint),
            "share": parts.get(group.fingerprint),
        }
        for group in groups
    ]
    return [asdict(group) | told for group, told in zip(groups, more, strict=True)]


def whole(group: FailureGroup) -> dict[str, Any]:
    """A group with its newest failures; secrets in their words are hidden."""
    services = here()
    newest = [asdict(failure) for failure in newest_failures(services.engine, group.fingerprint)]
    hidden = [row | {name: services.mask(row[name]) for name in ("message", "traceback")} for row in newest]
    return shown([group])[0] | {"failed_jobs": count_failed(services.engine, group.fingerprint), "newest": hidden}


def read_cursor(text: str) -> tuple[int, str]:
    """The place that a page named. Raises Problem."""
    number, _, fingerprint = text.partition(".")
    if not (number.isascii() and number.isdecimal() and len(number) < 19 and fingerprint.isalnum()):
        raise Problem(422, "invalid", "the cursor is none that a page has named", errors=BAD_CURSOR)
    return int(number), fingerprint


BAD_CURSOR: Final = [{"field": "query.cursor", "message": "is none that a page has named"}]
