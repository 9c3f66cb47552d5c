"""The history of alerts: each time that somebody was told of a condition, and when it was over."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from callboard.history.notification_models import AlertFiringRow, AlertRow


def fired(session: Session, row: AlertRow) -> None:
    """Note that somebody is told of a condition."""
    same = {name: getattr(row, name) for name in ("key", "rule", "subject", "count", "cause", "since_ms", "fired_ms")}
    session.add(AlertFiringRow(**same))


def resolved(session: Session, row: AlertRow) -> None:
    """Note that a condition is over."""
    last = update(AlertFiringRow).where(AlertFiringRow.key == row.key, AlertFiringRow.resolved_ms.is_(None))
    session.execute(last.values(resolved_ms=row.resolved_ms))


def latest(session: Session, limit: int = 50) -> list[AlertFiringRow]:
    """The newest first."""
    newest = select(AlertFiringRow).order_by(AlertFiringRow.fired_ms.desc(), AlertFiringRow.id.desc())
    return list(session.scalars(newest.limit(limit)))


def forget(session: Session, before_ms: int) -> None:
    """Remove what was told before a time."""
    session.execute(delete(AlertFiringRow).where(AlertFiringRow.fired_ms < before_ms))
