"""What somebody decides about a group of failures: resolved, ignored, open again, whose it is, a note.

All of it in the caller's transaction, so that a line about who did it can be written in the same.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import case, func, update

from callboard.history.database import Session
from callboard.history.errors import UnknownGroup
from callboard.history.failure_groups import IGNORED, OPEN, RESOLVED
from callboard.history.models import FailureGroupRow, table_of
from callboard.jobs.clock import to_ms, wall_ms

GROUPS: Final = table_of(FailureGroupRow).c


def resolve(session: Session, fingerprint: str, now_ms: int | None = None) -> None:
    """Say that the fault is mended; the group opens again with the first failure after now. Raises UnknownGroup."""
    _decide(session, fingerprint, status=RESOLVED, status_ms=_now_or_last(now_ms), ignored_until_ms=None)


def ignore(session: Session, fingerprint: str, until: datetime | None = None, now_ms: int | None = None) -> None:
    """Leave a group out of the open ones, for good or until a time. Raises UnknownGroup."""
    until_ms = to_ms(until) if until else None
    _decide(session, fingerprint, status=IGNORED, status_ms=_now_or_last(now_ms), ignored_until_ms=until_ms)


def reopen(session: Session, fingerprint: str, now_ms: int | None = None) -> None:
    """Take back that a group is resolved or ignored. Raises UnknownGroup."""
    _decide(session, fingerprint, status=OPEN, status_ms=_now_or_last(now_ms), ignored_until_ms=None)


def assign(session: Session, fingerprint: str, assignee: str | None) -> None:
    """Say who looks after a group, or that nobody does. Raises UnknownGroup."""
    _decide(session, fingerprint, assignee=assignee and assignee[:200])


def annotate(session: Session, fingerprint: str, note: str | None) -> None:
    """Set the note of a group. Raises UnknownGroup."""
    _decide(session, fingerprint, note=note or None)


def note_discarded(session: Session, fingerprint: str, until_ms: int, now_ms: int | None = None) -> None:
    """Resolve a group whose jobs that failed until a time were discarded. Raises UnknownGroup."""
    latest = func.coalesce(GROUPS.discarded_ms, until_ms)
    discarded = case((latest > until_ms, latest), else_=until_ms)
    resolved = {"status": RESOLVED, "status_ms": _now_or_last(now_ms), "ignored_until_ms": None}
    _decide(session, fingerprint, **resolved, discarded_ms=discarded)


def _now_or_last(now_ms: int | None) -> Any:
    """Now, but not before the last failure: the clock of this machine may lag behind the one that failures go by."""
    moment = wall_ms() if now_ms is None else now_ms
    return case((GROUPS.last_ms > moment, GROUPS.last_ms), else_=moment)


def _decide(session: Session, fingerprint: str, **columns: Any) -> None:
    statement = update(FailureGroupRow).where(GROUPS.fingerprint == fingerprint).values(**columns)
    if session.scalar(statement.returning(GROUPS.fingerprint)) is None:
        raise UnknownGroup(f'no group of failures has the fingerprint "{fingerprint}"')
