"""Verbs done to all jobs of a search, as they are kept: begun, told of each second, asked to stop, ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, select, update

from callboard.history.access_models import BulkRow
from callboard.history.bulk import BulkProgress
from callboard.history.database import reading, writing
from callboard.history.errors import BulkMissing
from callboard.jobs.clock import from_ms
from callboard.jobs.encoding import decode, encode
from callboard.jobs.identity import new_id
from callboard.jobs.normalise import storable

RUNNING: Final = "running"
STOPPED: Final = "stopped"
FINISHED: Final = "finished"
FAILED: Final = "failed"
INTERRUPTED: Final = "interrupted"
# One of which nobody has heard for so long died with its process.
SILENCE_MS: Final = 15_000
COUNTS: Final = ("done", "skipped", "failed", "forgotten", "seen")


@dataclass(frozen=True, slots=True)
class BulkAct:
    """A verb on the jobs of a search and how far it is; `options` are its limit, rate and, once counted, its total."""

    id: str
    verb: str
    query: str
    who: str
    state: str
    stopping: bool
    options: dict[str, Any] = field(default_factory=dict)
    counts: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    started_at: datetime | None = None
    seen_at: datetime | None = None
    finished_at: datetime | None = None


def begin(engine: Engine, verb: str, query: str, who: str, now_ms: int, **options: Any) -> str:
    """Write down that a verb is about to be done; its id, which is also the request id of every job of it."""
    row = BulkRow(
        id=new_id(),
        verb=verb,
        query=query,
        options=encode(options, "options"),
        who=storable(who)[:200],
        state=RUNNING,
        counts=encode(_counts(BulkProgress(verb)), "counts"),
        started_ms=now_ms,
        seen_ms=now_ms,
    )
    with writing(engine) as session:
        session.add(row)
        return row.id


def note_progress(engine: Engine, id: str, progress: BulkProgress, now_ms: int) -> bool:
    """Keep how far it is; whether it was asked to stop."""
    with writing(engine) as session:
        row = session.get_one(BulkRow, id)
        row.counts, row.seen_ms = encode(_counts(progress), "counts"), now_ms
        if progress.finished:
            row.state, row.finished_ms = STOPPED if progress.stopped else FINISHED, now_ms
        return row.stop_ms is not None


def note_failure(engine: Engine, id: str, words: str, now_ms: int) -> None:
    """Keep what ended it before its time."""
    ended = {"state": FAILED, "error": storable(words)[:2_000], "seen_ms": now_ms, "finished_ms": now_ms}
    with writing(engine) as session:
        session.execute(update(BulkRow).where(BulkRow.id == id).values(**ended))


def ask_to_stop(engine: Engine, id: str, now_ms: int) -> BulkAct:
    """Have it stop between two batches, in whichever process it runs; it as it is now. Raises BulkMissing."""
    with writing(engine) as session:
        unasked = update(BulkRow).where(BulkRow.id == id, BulkRow.state == RUNNING, BulkRow.stop_ms.is_(None))
        session.execute(unasked.values(stop_ms=now_ms))
    return find_act(engine, id, now_ms)


def find_act(engine: Engine, id: str, now_ms: int) -> BulkAct:
    """One of them. Raises BulkMissing."""
    with reading(engine) as session:
        row = session.get(BulkRow, id)
        if row is None:
            raise BulkMissing(f'no bulk act has the id "{id}"')
        return _act(row, now_ms)


def list_acts(engine: Engine, now_ms: int, limit: int = 50) -> list[BulkAct]:
    """The newest of them."""
    newest = select(BulkRow).order_by(BulkRow.started_ms.desc(), BulkRow.id.desc()).limit(limit)
    with reading(engine) as session:
        return [_act(row, now_ms) for row in session.scalars(newest)]


def _counts(progress: BulkProgress) -> dict[str, Any]:
    return {name: getattr(progress, name) for name in COUNTS} | {"answers": dict(progress.answers)}


def _act(row: BulkRow, now_ms: int) -> BulkAct:
    silent = row.state == RUNNING and now_ms - row.seen_ms > SILENCE_MS
    return BulkAct(
        id=row.id,
        verb=row.verb,
        query=row.query,
        who=row.who,
        state=INTERRUPTED if silent else row.state,
        stopping=row.state == RUNNING and row.stop_ms is not None,
        options=decode(row.options, "options"),
        counts=decode(row.counts, "counts"),
        error=row.error,
        started_at=from_ms(row.started_ms),
        seen_at=from_ms(row.seen_ms),
        finished_at=from_ms(row.finished_ms),
    )
