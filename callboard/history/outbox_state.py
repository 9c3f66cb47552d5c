"""What is in the outbox and not pushed yet, for operators."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, func, select

from callboard.history.database import reading
from callboard.history.outbox_models import OutboxRow
from callboard.history.sql_clock import sql_now_ms


@dataclass(frozen=True, slots=True)
class OutboxState:
    """How many rows are committed and not pushed, the age of the oldest in seconds, and what holds some of them up."""

    waiting: int
    oldest: float
    failing: int
    example: int | None = None
    error: str | None = None


def outbox_waiting(engine: Engine) -> OutboxState:
    """The state of the outbox; `example` is the number of the oldest row that has failed, `error` says why."""
    row = OutboxRow
    with reading(engine) as session:
        counts = select(func.count(), sql_now_ms() - func.min(row.written_ms), func.count(row.error))
        waiting, age_ms, failing = session.execute(counts).one()
        first = select(row.seq, row.error).where(row.error.is_not(None)).order_by(row.seq).limit(1)
        found = session.execute(first).one_or_none()
    return OutboxState(waiting, max(0, age_ms or 0) / 1000, failing, *(found or ()))
