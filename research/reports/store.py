"""Reports in SQL: one for each kind, period and time zone, written once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from research.mail.templates import render
from research.models import now
from research.reports.errors import UnknownReport
from research.reports.period import Period
from research.reports.tables import ReportRow

TEMPLATE = "report"


@dataclass(frozen=True, slots=True)
class StoredReport:
    """A report as it lies in SQL: its facts, and the two pages they were laid out as."""

    id: str
    kind: str
    period: str
    made_at: datetime
    facts: dict[str, Any]
    markdown: str
    html: str


def store_report(session: Session, period: Period, facts: dict[str, Any], *, again: bool = False) -> bool:
    """Lay a report out and write it; one that is there stays, unless it is to be made again. Whether it was written."""
    page, span = render(TEMPLATE, {"report": facts}), period.span
    values = {
        "kind": period.kind,
        "period": period.label,
        "zone": period.zone.key,
        "start_at": span.start,
        "end_at": span.end,
        "made_at": now(),
        "data": facts,
        "markdown": page.text,
        "html": page.html,
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert = dialect.insert(ReportRow).values(id=period.id, **values)
    if again:
        insert = insert.on_conflict_do_update(index_elements=["id"], set_=values)
    else:
        insert = insert.on_conflict_do_nothing(index_elements=["id"])
    return bool(session.scalars(insert.returning(ReportRow.id)).all())


def find_report(session: Session, id: str) -> StoredReport:
    """The report with an id such as `daily_report:2026-11-21:UTC`. Raises UnknownReport."""
    row = session.get(ReportRow, id)
    if row is None:
        raise UnknownReport(f"no report has the id {id[:120]!r}: it was not made yet")
    return StoredReport(row.id, row.kind, row.period, row.made_at, row.data, row.markdown, row.html)


def is_stored(session: Session, id: str) -> bool:
    """Whether there is a report with this id."""
    return session.scalar(select(ReportRow.id).where(ReportRow.id == id)) is not None
