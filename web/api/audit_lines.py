"""What people did: who, what, on how many, from where; as JSON or CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from typing import Any, Final

from flask import Response, request
from flask.views import MethodView
from marshmallow import Schema, fields, validate

from callboard.history.audit import audit_lines
from callboard.jobs.clock import from_ms, to_ms
from research.exports.cells import csv_cell
from web.services import here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("audit", __name__, url_prefix="/api/v1/audit", description="What people did")
CSV: Final = "text/csv"
JSON: Final = "application/json"
MOST: Final = 200
MOST_CSV: Final = 10_000
COLUMNS: Final = ("id", "at", "who", "verb", "subject", "count", "origin", "request_id", "detail")


class AuditQuery(Schema):
    """Which lines."""

    who = fields.String(validate=validate.Length(1, 200))
    verb = fields.String(
        validate=validate.Length(1, 64), metadata={"description": "`queue.pause`, or `queue.` for all of queues"}
    )
    subject = fields.String(validate=validate.Length(1, 200), metadata={"description": "with this in it"})
    start = fields.AwareDateTime(data_key="from", metadata={"description": "not before this time"})
    end = fields.AwareDateTime(data_key="to", metadata={"description": "before this time"})
    format = fields.String(validate=validate.OneOf(("json", "csv")), metadata={"description": "csv as a file"})
    before = fields.Integer(validate=validate.Range(1, 2**62), metadata={"description": "`next` of the page before"})
    limit = fields.Integer(load_default=50, metadata={"description": f"at most so many, {MOST} at the most"})


class AuditOut(Schema):
    """An act by hand."""

    id = fields.Integer()
    at = fields.AwareDateTime()
    who = fields.String()
    verb = fields.String()
    subject = fields.String()
    count = fields.Integer()
    origin = fields.String(allow_none=True, metadata={"description": "address, or the command line"})
    request_id = fields.String(allow_none=True)
    detail = fields.String(allow_none=True, metadata={"description": "JSON"})


class AuditPage(Schema):
    """Acts by hand, the newest first."""

    audit = fields.List(fields.Nested(AuditOut))
    next = fields.Integer(allow_none=True)


@blueprint.route("")
class Audit(MethodView):
    """What people did."""

    @blueprint.arguments(AuditQuery, location="query")
    @blueprint.response(200, AuditPage)
    @blueprint.doc(
        responses={
            "200": {
                "description": "a page",
                "content": {"application/json": {"schema": AuditPage}, CSV: {"schema": {"type": "string"}}},
            }
        }
    )
    def get(self, asked: dict[str, Any]) -> Any:
        """Every act by hand: who, what, on how many, from where; the newest first; also as `text/csv`."""
        wanted = {"csv": CSV, "json": JSON}.get(asked.pop("format", ""))
        as_csv = (wanted or request.accept_mimetypes.best_match([JSON, CSV], JSON)) == CSV
        limit = max(1, min(asked.pop("limit"), MOST_CSV if as_csv else MOST))
        start, end = asked.pop("start", None), asked.pop("end", None)
        since_ms, until_ms = start and to_ms(start), end and to_ms(end)
        lines = audit_lines(here().engine, limit=limit, since_ms=since_ms, until_ms=until_ms, **asked)
        told = [asdict(line) | {"at": from_ms(line.at_ms)} for line in lines]
        if as_csv:
            return Response(csv_text(told), content_type=CSV, headers=AS_FILE)
        return {"audit": told, "next": lines[-1].id if len(lines) == limit else None}


AS_FILE: Final = {"Content-Disposition": 'attachment; filename="audit.csv"'}


def csv_text(rows: list[dict[str, Any]]) -> str:
    """Comma-separated values in which no text becomes a formula."""
    target = io.StringIO()
    writer = csv.writer(target)
    writer.writerow(COLUMNS)
    writer.writerows([csv_cell(row[name]) for name in COLUMNS] for row in rows)
    return target.getvalue()
