"""The relay: what is committed in the outbox becomes jobs and flows, each once, whoever dies in between.

Any number of relays may look at the same rows at once. Redis decides: it marks each call that comes, for longer than
anybody can still hold its row. See docs/adr/0010-outbox.md.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import CursorResult, Engine, Integer, Select, bindparam, case, delete, exists, select, update
from sqlalchemy.orm import Session

from callboard.broker.client import Client
from callboard.broker.errors import StoreFull
from callboard.broker.relay import Relay
from callboard.history.database import reading, writing
from callboard.history.models import FlowRow, JobRow
from callboard.history.outbox_models import CALL, FLOW, OutboxRow
from callboard.history.outbox_push import Waiting, push
from callboard.history.sql_clock import sql_now_ms
from callboard.jobs.failpoints import failpoint

BATCH: Final = 200
LIMIT: Final = 10_000
# After each error of its own a row waits twice as long, from the one to the other.
RETRY_MS: Final = 1_000
RETRY_MOST_MS: Final = 300_000


def relay(engine: Engine, client: Client, limit: int = LIMIT, only: Collection[int] = ()) -> int:
    """Push what is committed in the outbox, oldest first, at most `limit` rows; how many of them this call finished.

    Costs one indexed read when there is nothing. A row that cannot be pushed stays with the reason and is tried again
    later; it holds nobody up. `only` gives the numbers of the rows to look at.
    Raises ConnectionLost, StoreFull or SQLAlchemyError when Redis or the database is away; nothing is lost by that.
    """
    finished = 0
    while finished < limit:
        size = min(BATCH, limit - finished)
        seen = time.monotonic()
        rows = _oldest(engine, size, only)
        done = _relay_batch(engine, client, rows, seen) if rows else 0
        finished += done
        if len(rows) < size or not done:
            break
    return finished


def _oldest(engine: Engine, size: int, only: Collection[int]) -> list[Waiting]:
    with reading(engine) as session:
        return [Waiting(*row) for row in session.execute(_query(bool(only)), {"size": size, "only": list(only)})]


@cache
def _query(named: bool) -> Select[Any]:
    """The oldest rows that are due, of all or of some that are named; made once, for it is asked twice a second."""
    row, now = OutboxRow, sql_now_ms()
    job, flow = exists().where(JobRow.id == row.id), exists().where(FlowRow.id == row.id)
    known = case((row.kind == FLOW, flow), else_=job)
    query = select(row.seq, row.kind, row.id, row.body, row.tries, now - row.written_ms, known)
    query = query.where(row.retry_ms <= now).order_by(row.seq).limit(bindparam("size", type_=Integer()))
    return query.where(row.seq.in_(bindparam("only", expanding=True))) if named else query


def _relay_batch(engine: Engine, client: Client, rows: list[Waiting], seen: float) -> int:
    """Push rows that were seen at a monotonic time, and delete them; how many were deleted by this call."""
    desk = Relay(client.links)
    before_ms = desk.deadline_ms(seen)
    failpoint("outbox.read")
    try:
        outcomes = push(client, rows, before_ms)
    except StoreFull as error:
        with writing(engine) as session:
            _note(session, rows, {row.seq: str(error) for row in rows}, RETRY_MS)
        raise
    failpoint("outbox.pushed")
    gone = [row for row in rows if outcomes.get(row.seq) == ""]
    with writing(engine) as session:
        deleted = _delete(session, [row.seq for row in gone])
        _note(session, rows, outcomes, RETRY_MOST_MS)
        failpoint("outbox.deleting")
    failpoint("outbox.deleted")
    if marked := [row.id for row in gone if row.kind == CALL]:
        desk.unmark(marked)
    return deleted


def _delete(session: Session, numbers: list[int]) -> int:
    # Rows that another relay is deleting are left to it: waiting for each other, the two could lock each other out.
    free = select(OutboxRow.seq).where(OutboxRow.seq.in_(numbers)).order_by(OutboxRow.seq)
    free = free.with_for_update(skip_locked=True)
    statement = delete(OutboxRow).where(OutboxRow.seq.in_(free))
    found = session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[Any]", found).rowcount


def _note(session: Session, rows: list[Waiting], outcomes: dict[int, str], most_ms: int) -> None:
    """Keep the reasons of the rows that failed, and when each is tried again."""
    for row in rows:
        if outcomes.get(row.seq):
            wait_ms = min(RETRY_MS << min(row.tries, 20), most_ms)
            change = {"tries": row.tries + 1, "error": outcomes[row.seq], "retry_ms": sql_now_ms() + wait_ms}
            session.execute(update(OutboxRow).where(OutboxRow.seq == row.seq).values(change))
