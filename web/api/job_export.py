"""All jobs that a search finds as a file, which is sent while it is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import Response
from flask.views import MethodView
from marshmallow import fields, validate

from callboard.history.search.find import MOST, find
from callboard.history.search.query import Query
from web.api.job_counts import Search
from web.api.job_list import CSV, NDJSON, csv_text, ndjson, query_of, row_of
from web.services import Services, here
from web.strict_blueprint import StrictBlueprint

blueprint = StrictBlueprint("job_export", __name__, url_prefix="/api/v1/jobs", description="Jobs as a file")
MOST_ROWS: Final = 100_000
TYPES: Final = {"csv": CSV, "ndjson": NDJSON}


class ExportQuery(Search):
    """Which jobs, and as what."""

    format = fields.String(
        load_default="csv", validate=validate.OneOf(tuple(TYPES)), metadata={"description": "csv or ndjson"}
    )


@blueprint.route("/export")
class Export(MethodView):
    """Jobs as a file."""

    @blueprint.arguments(ExportQuery, location="query")
    @blueprint.response(200, {"type": "string"}, content_type=CSV)
    def get(self, asked: dict[str, Any]) -> Any:
        """The newest 100,000 jobs that fit, newest first, as CSV or NDJSON."""
        kind, query = asked["format"], query_of(asked)
        headers = {"Content-Disposition": f'attachment; filename="jobs.{kind}"'}
        return Response(lines(here(), query, kind), content_type=TYPES[kind], headers=headers)


def lines(services: Services, query: Query, kind: str) -> Iterator[bytes]:
    """The file page by page; a search that is cut ends it with what was found."""
    cursor, sent = None, 0
    while sent < MOST_ROWS:
        page = find(services.engine, query, cursor, MOST)
        rows = [row_of(job) for job in page.jobs]
        if kind == "ndjson":
            yield ndjson(rows)
        else:
            text = csv_text(rows)
            yield (text if cursor is None else text.partition("\r\n")[2]).encode()
        cursor, sent = page.next, sent + len(rows)
        if cursor is None or page.cut:
            return
