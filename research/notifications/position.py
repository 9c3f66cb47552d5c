"""How far the notifier has read the event stream: one row, moved in the transaction of what was decided."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from callboard.history.database import writing
from callboard.history.notification_models import NotifierPositionRow
from callboard.jobs.clock import wall_ms


@dataclass(frozen=True, slots=True)
class Place:
    """The last event that was dealt with, in the data that bear this name."""

    epoch: str
    last_id: str


def find(session: Session, prefix: str) -> Place | None:
    """How far the stream of a prefix was read, None where it never was."""
    row = session.get(NotifierPositionRow, prefix)
    return Place(row.epoch, row.last_id) if row else None


def begin(session: Session, prefix: str, place: Place, at_ms: int) -> Place:
    """Begin at a place unless somebody has begun before; where it is then."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    values = {"prefix": prefix, "epoch": place.epoch, "last_id": place.last_id, "written_ms": at_ms}
    insert = dialect.insert(NotifierPositionRow).values(values)
    session.execute(insert.on_conflict_do_nothing(index_elements=["prefix"]))
    return _locked(session, prefix)


def move(session: Session, prefix: str, *, expected: Place, to: Place, at_ms: int) -> bool:
    """Move from the place that was expected; whether it was there. The row is held until the transaction ends."""
    if _locked(session, prefix) != expected:
        return False
    row = session.get_one(NotifierPositionRow, prefix)
    row.epoch, row.last_id, row.written_ms = to.epoch, to.last_id, at_ms
    return True


def go_to(engine: Engine, prefix: str, *, expected: Place, to: Place) -> Place:
    """Move in a transaction of its own, unless somebody else has moved meanwhile; where it is then."""
    with writing(engine) as session:
        moved = move(session, prefix, expected=expected, to=to, at_ms=wall_ms())
        return to if moved else _locked(session, prefix)


def hold(session: Session, prefix: str) -> None:
    """Keep other notifiers of the prefix out until the transaction ends; there must be a place."""
    session.get(NotifierPositionRow, prefix, with_for_update=True)


def _locked(session: Session, prefix: str) -> Place:
    row = session.get_one(NotifierPositionRow, prefix, with_for_update=True, populate_existing=True)
    return Place(row.epoch, row.last_id)
