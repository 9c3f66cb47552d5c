"""What people did: a line for every act by hand, with who, what, on how many, and from where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Engine, insert, select
from sqlalchemy.orm import Session

from callboard.history.models import AuditRow
from callboard.jobs.encoding import encode
from callboard.jobs.normalise import storable

SUBJECT_MOST: Final = 2_000


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One act: `verb` is what was done, `subject` the job, queue or search that it was done to."""

    at_ms: int
    who: str
    verb: str
    subject: str
    count: int = 1
    origin: str | None = None
    request_id: str | None = None
    detail: str | None = None
    id: int | None = None


def note_act(
    session: Session | Connection,
    at_ms: int,
    who: str,
    verb: str,
    subject: str,
    *,
    count: int = 1,
    origin: str | None = None,
    request_id: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write a line in the caller's transaction, so that it is there if and only if what it tells of is."""
    values = {
        "at_ms": at_ms,
        "who": storable(who)[:200],
        "verb": verb[:64],
        "subject": storable(subject)[:SUBJECT_MOST],
        "count": count,
        "origin": origin and storable(origin)[:200],
        "request_id": request_id and storable(request_id)[:64],
        "detail": None if detail is None else storable(encode(detail, "audit detail")),
    }
    session.execute(insert(AuditRow).values(values))


def audit_lines(
    engine: Engine, *, who: str | None = None, verb: str | None = None, before: int | None = None, limit: int = 50
) -> list[AuditLine]:
    """The newest lines, of one person or verb if given; `before` is the id of the last line of the page before."""
    statement = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
    for column, value in ((AuditRow.who, who), (AuditRow.verb, verb)):
        statement = statement.where(column == value) if value is not None else statement
    statement = statement if before is None else statement.where(AuditRow.id < before)
    with Session(engine) as session:
        session.connection(execution_options={"reading": True})
        return [_line(row) for row in session.scalars(statement)]


def _line(row: AuditRow) -> AuditLine:
    values = (row.at_ms, row.who, row.verb, row.subject, row.count, row.origin, row.request_id, row.detail, row.id)
    return AuditLine(*values)
