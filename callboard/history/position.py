"""How far a stream is recorded: one row, locked by who writes the next batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from callboard.history.models import PositionRow, table_of

POSITIONS: Final = table_of(PositionRow)
START: Final = "0-0"


@dataclass(frozen=True, slots=True)
class Position:
    """The last recorded event of the data that bear this name."""

    epoch: str
    last_id: str


def find(connection: Connection, prefix: str) -> Position | None:
    """How far the stream of a prefix is recorded, None where it never was."""
    return _position(connection.execute(select(POSITIONS).where(POSITIONS.c.prefix == prefix)).one_or_none())


def lock(connection: Connection, prefix: str, epoch: str) -> Position:
    """The position, made where there is none, and held until the end of the transaction."""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    first = {"prefix": prefix, "epoch": epoch, "last_id": START, "written_ms": 0}
    connection.execute(insert(POSITIONS).values(first).on_conflict_do_nothing(index_elements=["prefix"]))
    found = connection.execute(select(POSITIONS).where(POSITIONS.c.prefix == prefix).with_for_update()).one()
    return Position(found.epoch, found.last_id)


def move(connection: Connection, prefix: str, to: Position, at_ms: int) -> None:
    """Set the position that this transaction holds."""
    values = {"epoch": to.epoch, "last_id": to.last_id, "written_ms": at_ms}
    connection.execute(update(POSITIONS).where(POSITIONS.c.prefix == prefix).values(values))


def _position(row: Any) -> Position | None:
    return None if row is None else Position(row.epoch, row.last_id)
