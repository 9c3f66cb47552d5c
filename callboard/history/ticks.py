"""The recurring duties of several schedulers: each is done by one of them at a time, and once in its period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, select, update
from sqlalchemy.dialects import postgresql, sqlite

from callboard.history.database import reading, writing
from callboard.history.schedule_models import TickRow
from callboard.history.standstill import limit_standstill
from callboard.jobs.clock import from_ms

# A holder that has died or stands still is believed to work for this long.
HOLD_MS: Final = 60_000
FAILURE_MOST: Final = 1_000


@dataclass(frozen=True, slots=True)
class TickStatus:
    """How a recurring duty went the last time, and who does it now if anybody does."""

    name: str
    holder: str | None
    last_at: datetime | None
    took_ms: int | None
    failure: str | None


def take_tick(engine: Engine, name: str, holder: str, now_ms: int, every_ms: int) -> bool:
    """Take up a duty that is due and that nobody does; whether it was taken.

    Two may do it at once only where one of them stood still for a minute.
    """
    with reading(engine) as session:
        row = session.get(TickRow, name)
        if row is not None and (row.due_ms > now_ms or (row.holder and row.held_until_ms > now_ms)):
            return False
    with writing(engine) as session:
        limit_standstill(session)
        insert = sqlite.insert if engine.dialect.name == "sqlite" else postgresql.insert
        first = {"name": name, "held_until_ms": 0, "due_ms": 0}
        session.execute(insert(TickRow).values(first).on_conflict_do_nothing(index_elements=["name"]))
        free = (TickRow.name == name, TickRow.due_ms <= now_ms, TickRow.held_until_ms <= now_ms)
        values = {"holder": holder, "held_until_ms": now_ms + HOLD_MS, "due_ms": now_ms + every_ms}
        taken = session.execute(update(TickRow).where(*free).values(values).returning(TickRow.name)).all()
    return bool(taken)


def leave_tick(
    engine: Engine, name: str, holder: str, now_ms: int, *, took_ms: int, failure: str | None = None
) -> None:
    """Note how a duty went that this holder had taken up, and let others take it up."""
    with writing(engine) as session:
        values = {"last_ms": now_ms, "took_ms": took_ms, "failure": failure and failure[:FAILURE_MOST]}
        mine = update(TickRow).where(TickRow.name == name, TickRow.holder == holder)
        session.execute(mine.values(**values, holder=None, held_until_ms=0))


def list_ticks(engine: Engine) -> list[TickStatus]:
    """All duties by name."""
    with reading(engine) as session:
        rows = session.scalars(select(TickRow).order_by(TickRow.name)).all()
        return [TickStatus(row.name, row.holder, from_ms(row.last_ms), row.took_ms, row.failure) for row in rows]
