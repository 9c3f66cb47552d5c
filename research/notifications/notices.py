"""Notices in the application: for a user, or for the administrators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from callboard.history.notification_models import NoticeRow
from callboard.jobs.normalise import storable

TITLE_MOST, TEXT_MOST = 300, 4_000


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be read: `audience` is a user, an address or `administrators`."""

    id: str
    audience: str
    kind: str
    title: str
    text: str
    at_ms: int
    job: str | None = None
    read_ms: int | None = None


def add_notice(session: Session, notice: Notice) -> bool:
    """Write a notice; whether it was new."""
    values = asdict(notice)
    values |= {"title": storable(notice.title)[:TITLE_MOST], "text": storable(notice.text)[:TEXT_MOST]}
    values |= {"audience": storable(notice.audience)[:200], "job": notice.job and storable(notice.job)[:64]}
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(NoticeRow).values(values).on_conflict_do_nothing(index_elements=["id"])
    return bool(session.scalars(statement.returning(NoticeRow.id)).all())


def latest(session: Session, audience: str, *, unread: bool = False, limit: int = 50) -> list[Notice]:
    """The newest notices for somebody."""
    query = select(NoticeRow).where(NoticeRow.audience == audience)
    if unread:
        query = query.where(NoticeRow.read_ms.is_(None))
    return [_notice(row) for row in session.scalars(query.order_by(NoticeRow.id.desc()).limit(limit))]


def unread_count(session: Session, audience: str) -> int:
    """How many notices somebody has not read."""
    query = select(func.count()).select_from(NoticeRow)
    return session.scalar(query.where(NoticeRow.audience == audience, NoticeRow.read_ms.is_(None))) or 0


def mark_read(session: Session, audience: str, ids: Sequence[str], at_ms: int) -> None:
    """Note that somebody has read some notices; those of others are left alone."""
    mine = update(NoticeRow).where(NoticeRow.audience == audience, NoticeRow.id.in_(ids))
    session.execute(mine.where(NoticeRow.read_ms.is_(None)).values(read_ms=at_ms))


def forget(session: Session, before_ms: int, limit: int = 1_000) -> int:
    """Remove notices older than a time, in one batch; how many that were."""
    ids = list(session.scalars(select(NoticeRow.id).where(NoticeRow.at_ms < before_ms).limit(limit)))
    session.execute(delete(NoticeRow).where(NoticeRow.id.in_(ids)))
    return len(ids)


def _notice(row: NoticeRow) -> Notice:
    return Notice(row.id, row.audience, row.kind, row.title, row.text, row.at_ms, row.job, row.read_ms)
