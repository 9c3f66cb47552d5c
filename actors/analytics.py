"""Numbers about a time: jobs, papers, AI, and the columns of datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from actors import services
from callboard.jobs.errors import Permanent
from callboard.jobs.policy import Queue
from callboard.worker.context import Context
from callboard.worker.job import job
from research.analytics.names import ANY, METRICS, check_metrics
from research.analytics.span import STEPS, span_of, steps_of

if TYPE_CHECKING:
    from datetime import datetime

analytics_queue = Queue("analytics", concurrency=2)
SHOWN = 20
ZONED: Any = {"invalid_awareness": "expected a time with a zone, such as 2026-11-01T00:00:00+01:00"}


class AnalyticsAggregate(Schema):
    """Which numbers of which time."""

    start = fields.AwareDateTime(
        required=True, error_messages=ZONED, metadata={"description": "first moment, a time with a zone"}
    )
    end = fields.AwareDateTime(
        required=True,
        error_messages=ZONED,
        metadata={"description": "first moment after the time, at most five years after start"},
    )
    metrics = fields.List(
        fields.String(validate=validate.OneOf(METRICS)),
        required=True,
        validate=validate.Length(1, len(METRICS)),
        metadata={"description": f"any of {', '.join(METRICS)}"},
    )
    group_by = fields.String(
        validate=validate.OneOf(ANY),
        metadata={"description": "a column of the jobs or a step of time; left out, everything together"},
    )
    zone = fields.String(
        load_default="UTC",
        validate=validate.Length(1, 64),
        metadata={"description": "time zone by whose clock days, weeks and months begin"},
    )
    table = fields.String(
        validate=validate.Length(1, 64), metadata={"description": "the dataset that the metric dataset is about"}
    )
    output = fields.String(
        load_default="json",
        validate=validate.OneOf(["json", "csv"]),
        metadata={"description": "form of the file with all rows"},
    )
    save_as = fields.String(
        validate=validate.Regexp(r"[a-z][a-z0-9_-]{0,99}\Z"),
        metadata={"description": "name under which the rows are kept in SQL for dashboards, instead of earlier ones"},
    )

    @validates_schema
    def fits(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse at once what could never be computed."""
        try:
            span = span_of(data["start"], data["end"], data["zone"])
            if data.get("group_by") in STEPS:
                steps_of(span, data["group_by"])
        except Permanent as error:
            raise ValidationError(str(error), "end") from None
        try:
            check_metrics(data["metrics"], data.get("group_by"), data.get("table"))
        except Permanent as error:
            raise ValidationError(str(error), "metrics") from None


@job(queue=analytics_queue, schema=AnalyticsAggregate, timeout=600, priority="low")
def analytics_aggregate(
    ctx: Context,
    *,
    start: datetime,
    end: datetime,
    metrics: list[str],
    zone: str,
    output: str,
    group_by: str | None = None,
    table: str | None = None,
    save_as: str | None = None,
) -> dict[str, Any]:
    """Metrics of a time. Safe to repeat: it reads, writes a file of its own, and replaces rows of the same name."""
    from callboard.history.database import writing
    from research.analytics.keeping import file_of, keep
    from research.analytics.metrics import compute
    from research.models import now

    span = span_of(start, end, zone)
    engine = services.database()
    found = compute(engine, span, metrics, group_by=group_by, table=table, progress=ctx.progress)
    if save_as:
        with writing(engine) as session:
            keep(session, save_as, span, found, now())
    name = f"analytics-{span.start:%Y%m%d}-{span.end:%Y%m%d}.{output}"
    stored = services.files().put(file_of(span, found, output), name)
    ctx.progress(1, 1, "stored")
    return {
        "start": span.start.isoformat(),
        "end": span.end.isoformat(),
        "metrics": {name: {"rows": len(rows), "first": rows[:SHOWN]} for name, rows in found.items()},
        "file": stored.reference,
        "bytes": stored.size,
        "save_as": save_as,
    }
