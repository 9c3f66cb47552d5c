"""Searches that somebody has given a name, for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from callboard.history.access_models import ViewRow
from callboard.history.errors import NameTaken, ViewMissing
from callboard.history.search.grammar import parse
from callboard.jobs.clock import from_ms
from callboard.jobs.encoding import decode, encode
from callboard.jobs.identity import new_id


@dataclass(frozen=True, slots=True)
class View:
    """A named search and the columns that it is shown with; without columns those that everybody has."""

    id: str
    name: str
    query: str
    columns: list[str] | None
    created_by: str | None
    created_at: datetime | None


def list_views(session: Session) -> list[View]:
    """All of them by name."""
    return [_view(row) for row in session.scalars(select(ViewRow).order_by(ViewRow.name))]


def get_view(session: Session, id: str) -> View:
    """One of them. Raises ViewMissing."""
    return _view(_row(session, id))


def create_view(
    session: Session, name: str, query: str, now_ms: int, *, columns: Sequence[str] | None = None, by: str | None = None
) -> View:
    """A new one. Raises BadQuery for a search that cannot be understood, NameTaken."""
    parse(query)
    _require_free(session, name)
    row = ViewRow(
        id=new_id(), name=name, query=query, columns=_text(columns), created_by=by and by[:200], created_ms=now_ms
    )
    session.add(row)
    session.flush()
    return _view(row)


def change_view(session: Session, id: str, **changes: Any) -> View:
    """The same with another name, query or columns. Raises ViewMissing, BadQuery, NameTaken."""
    row = _row(session, id)
    if "query" in changes:
        parse(changes["query"])
    if changes.get("name", row.name) != row.name:
        _require_free(session, changes["name"])
    for name, value in changes.items():
        setattr(row, name, _text(value) if name == "columns" else value)
    session.flush()
    return _view(row)


def remove_view(session: Session, id: str) -> None:
    """Forget one. Raises ViewMissing."""
    session.delete(_row(session, id))


def _row(session: Session, id: str) -> ViewRow:
    row = session.get(ViewRow, id)
    if row is None:
        raise ViewMissing(f'no saved view has the id "{id[:100]}"')
    return row


def _require_free(session: Session, name: str) -> None:
    if session.scalar(select(ViewRow.id).where(ViewRow.name == name)):
        raise NameTaken(f'a saved view is called "{name}" already; change that one or take another name')


def _text(columns: Sequence[str] | None) -> str | None:
    return None if columns is None else encode(list(columns), "columns")


def _view(row: ViewRow) -> View:
    columns = decode(row.columns, "columns") if row.columns else None
    return View(row.id, row.name, row.query, columns, row.created_by, from_ms(row.created_ms))
