"""Keeping aggregates: the whole as a file, and under a name as rows of SQL."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import datetime

import orjson
from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from research.analytics.metrics import Rows
from research.analytics.span import Span
from research.analytics.tables import AggregateRow
from research.exports.cells import as_json, csv_cell


def file_of(span: Span, found: Mapping[str, Rows], form: str) -> bytes:
    """All metrics as one file: a JSON object, or a CSV table whose first column names the metric."""
    if form == "csv":
        return _csv(found)
    head = {"start": span.start.isoformat(), "end": span.end.isoformat(), "zone": span.zone.key}
    return as_json({**head, "metrics": dict(found)})


def _csv(found: Mapping[str, Rows]) -> bytes:
    columns = list(dict.fromkeys(name for rows in found.values() for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["metric", *(csv_cell(name) for name in columns)])
    for metric, rows in found.items():
        writer.writerows([metric, *(csv_cell(row.get(name)) for name in columns)] for row in rows)
    return text.getvalue().encode("utf-8")


def keep(session: Session, name: str, span: Span, found: Mapping[str, Rows], made_at: datetime) -> int:
    """Replace the rows of a name by those of an aggregate, in this transaction; how many they are."""
    session.execute(delete(AggregateRow).where(AggregateRow.name == name))
    times = {"start_at": span.start, "end_at": span.end, "made_at": made_at}
    rows = [
        {"name": name, "metric": metric, "position": position, **times, "numbers": orjson.loads(as_json(row))}
        for metric, lines in found.items()
        for position, row in enumerate(lines)
    ]
    if rows:
        session.execute(insert(AggregateRow), rows)
    return len(rows)
