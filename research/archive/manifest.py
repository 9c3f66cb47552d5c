"""The list of archives: noted when its files are complete, then verified, then rid of the rows in SQL."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from research.archive.errors import ArchivedMeanwhile, UnknownArchive
from research.archive.models import ArchiveRow
from research.models import now

WRITTEN: Final = "written"
VERIFIED: Final = "verified"
DELETED: Final = "deleted"
DAMAGED: Final = "damaged"
UNFINISHED: Final = (WRITTEN, VERIFIED)


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """The rows of one table in an archive: where they lie, how many, in how many bytes, and their checksum."""

    table: str
    reference: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Archive:
    """Rows of a source in files; `kept` of them had changed before they could be deleted, and are in SQL as well."""

    id: str
    source: str
    number: int
    state: str
    files: tuple[ArchivedFile, ...]
    rows: int
    kept: int
    older_than: datetime
    reason: str | None
    created_at: datetime
    deleted_at: datetime | None
    restored_at: datetime | None


def last_number(session: Session, source: str) -> int:
    """The number of the newest archive of a source, 0 where there is none."""
    return session.scalar(select(func.max(ArchiveRow.number)).where(ArchiveRow.source == source)) or 0


def unfinished(session: Session, source: str) -> list[Archive]:
    """The archives of a source whose rows are not deleted yet."""
    rows = session.scalars(
        select(ArchiveRow)
        .where(ArchiveRow.source == source, ArchiveRow.state.in_(UNFINISHED))
        .order_by(ArchiveRow.number)
    )
    return [_archive(row) for row in rows]


def archives(session: Session, limit: int = 100) -> list[Archive]:
    """The newest archives."""
    newest = select(ArchiveRow).order_by(ArchiveRow.created_at.desc(), ArchiveRow.number.desc()).limit(limit)
    return [_archive(row) for row in session.scalars(newest)]


def archive(session: Session, id: str) -> Archive:
    """An archive. Raises UnknownArchive."""
    return _archive(_row(session, id))


def note(session: Session, source: str, number: int, older_than: datetime, files: list[ArchivedFile]) -> str:
    """Note an archive whose files are complete; its id. Raises ArchivedMeanwhile where its number is taken."""
    id = f"{source}-{number:06d}"
    values = [asdict(file) for file in files]
    session.add(
        ArchiveRow(
            id=id,
            source=source,
            number=number,
            state=WRITTEN,
            files=values,
            rows=files[0].rows,
            older_than=older_than,
        )
    )
    try:
        session.flush()
    except IntegrityError:
        raise ArchivedMeanwhile(f"another process has made archive {id} of {source} meanwhile") from None
    return id


def mark(session: Session, id: str, state: str, **values: Any) -> None:
    """Move an archive to a state, with other columns that change. Raises UnknownArchive."""
    row = _row(session, id)
    row.state = state
    for name, value in values.items():
        setattr(row, name, value)
    if state == DELETED and row.deleted_at is None:  # the time stays when its rows are put back later
        row.deleted_at = now()


def _row(session: Session, id: str) -> ArchiveRow:
    row = session.get(ArchiveRow, id)
    if row is None:
        raise UnknownArchive(f"archive {id[:80]} is unknown; `callboard archive ls` lists them")
    return row


def _archive(row: ArchiveRow) -> Archive:
    return Archive(
        row.id,
        row.source,
        row.number,
        row.state,
        tuple(ArchivedFile(**values) for values in row.files),
        row.rows,
        row.kept,
        row.older_than,
        row.reason,
        row.created_at,
        row.deleted_at,
        row.restored_at,
    )
