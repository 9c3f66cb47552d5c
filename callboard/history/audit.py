"""What people did: a line for every act by hand, with who, what, on how many, and from where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Engine, func, insert, select
from sqlalchemy.orm import Session

from callboard.history.models import AuditRow
from callboard.jobs.encoding import encode
from callboard.jobs.masking import hide
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
        "subject": storable(hide(subject))[:SUBJECT_MOST],
        "count": count,
        "origin": origin and storable(origin)[:200],
        "request_id": request_id and storable(request_id)[:64],
        "detail": None if detail is None else storable(encode(hide(detail), "audit detail")),
    }
    session.execute(insert(AuditRow).values(values))


def audit_lines(
    engine: Engine,
    *,
    who: str | None = None,
    verb: str | None = None,
    subject: str | None = None,
    since_ms: int | None = None,
    until_ms: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[AuditLine]:
    """The newest lines, of one person, a verb (`queue.` for all that begin so), a subject with this in it, a time.

    `before` is the id of the last line of the page before.
    """
    asked = (
        None if who is None else AuditRow.who == who,
        None if verb is None else _is_verb(verb),
        None if subject is None else AuditRow.subject.icontains(subject, autoescape=True),
        None if since_ms is None else AuditRow.at_ms >= since_ms,
        None if until_ms is None else AuditRow.at_ms < until_ms,
        None if before is None else AuditRow.id < before,
    )
    conditions = [condition for condition in asked if condition is not None]
    statement = select(AuditRow).where(*conditions).order_by(AuditRow.id.desc()).limit(limit)
    with Session(engine) as session:
        session.connection(execution_options={"reading": True})
        return [_line(row) for row in session.scalars(statement)]


def _is_verb(verb: str) -> ColumnElement[bool]:
    return AuditRow.verb.startswith(verb, autoescape=True) if verb.endswith(".") else AuditRow.verb == verb


def last_acts(engine: Engine, verbs: Sequence[str], subjects: Sequence[str]) -> dict[str, AuditLine]:
    """The newest line of each subject that has one with one of some verbs."""
    newest = select(func.max(AuditRow.id)).where(AuditRow.verb.in_(verbs), AuditRow.subject.in_(subjects))
    statement = select(AuditRow).where(AuditRow.id.in_(newest.group_by(AuditRow.subject)))
    with Session(engine) as session:
        session.connection(execution_options={"reading": True})
        return {row.subject: _line(row) for row in session.scalars(statement)}


def _line(row: AuditRow) -> AuditLine:
    values = (row.at_ms, row.who, row.verb, row.subject, row.count, row.origin, row.request_id, row.detail, row.id)
    return AuditLine(*values)
