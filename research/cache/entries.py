"""The entries of the cache in SQL: found, claimed by who computes them, written, forgotten, swept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import orjson
from sqlalchemy import ColumnElement, Engine, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from callboard.history.database import writing
from callboard.history.standstill import limit_standstill
from research.cache.errors import ValueRefused
from research.cache.tables import CacheEntryRow

BYTES_MOST: Final = 8_000_000
# Who has claimed an entry and died is believed to compute it for as long as a job of the cache may run.
HELD_FOR: Final = timedelta(minutes=5)
SWEPT_AT_ONCE: Final = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """An answer: its value, a hash of it, when it was computed, how long that took, and until when it holds."""

    key: str
    value: Any
    etag: str
    computed_at: datetime
    computed_in_ms: int
    expires_at: datetime


def find(session: Session, key: str, at: datetime, since: datetime | None = None) -> Entry | None:
    """The entry that holds at a time and, if told, was computed since another; None where there is none."""
    row = session.get(CacheEntryRow, key)
    if row is None or row.value is None or row.computed_at is None or row.etag is None or row.expires_at <= at:
        return None
    if since is not None and row.computed_at < since:
        return None
    return Entry(key, orjson.loads(row.value), row.etag, row.computed_at, row.computed_in_ms or 0, row.expires_at)


def claim(engine: Engine, key: str, holder: str, at: datetime) -> bool:
    """Take it upon oneself to compute an entry; False where somebody else does."""
    with writing(engine) as session:
        limit_standstill(session)
        dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
        first = dialect.insert(CacheEntryRow).values(key=key, expires_at=at)
        session.execute(first.on_conflict_do_nothing(index_elements=["key"]))
        free = update(CacheEntryRow).where(CacheEntryRow.key == key, _free(at))
        taken = free.values(holder=holder, held_until=at + HELD_FOR).returning(CacheEntryRow.key)
        return bool(session.scalars(taken).all())


def release(engine: Engine, key: str, holder: str) -> None:
    """Leave an entry to others, because it could not be computed."""
    with writing(engine) as session:
        mine = update(CacheEntryRow).where(CacheEntryRow.key == key, CacheEntryRow.holder == holder)
        session.execute(mine.values(holder=None, held_until=None))


def put(engine: Engine, key: str, value: Any, *, at: datetime, took_ms: int, ttl: timedelta) -> Entry:
    """Write an entry in place of what was there, and free it. Raises ValueRefused."""
    text = _json(key, value)
    entry = Entry(key, orjson.loads(text), sha256(text.encode()).hexdigest()[:32], at, took_ms, at + ttl)
    values = {
        "value": text,
        "etag": entry.etag,
        "computed_at": at,
        "computed_in_ms": took_ms,
        "expires_at": entry.expires_at,
        "holder": None,
        "held_until": None,
    }
    dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(CacheEntryRow).values(key=key, **values)
    with writing(engine) as session:
        session.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))
    return entry


def forget(engine: Engine, *keys: str) -> int:
    """Remove entries, so that they are computed anew when they are asked for; how many there were."""
    with writing(engine) as session:
        gone = delete(CacheEntryRow).where(CacheEntryRow.key.in_(keys)).returning(CacheEntryRow.key)
        return len(session.scalars(gone).all())


def sweep(engine: Engine, at: datetime, limit: int = SWEPT_AT_ONCE) -> int:
    """Remove entries that have expired and that nobody computes, so many at the most; how many they were."""
    over = select(CacheEntryRow.key).where(CacheEntryRow.expires_at <= at, _free(at)).limit(limit)
    with writing(engine) as session:
        gone = delete(CacheEntryRow).where(
            CacheEntryRow.key.in_(over.scalar_subquery()), CacheEntryRow.expires_at <= at
        )
        return len(session.scalars(gone.returning(CacheEntryRow.key)).all())


def _free(at: datetime) -> ColumnElement[bool]:
    return or_(CacheEntryRow.held_until.is_(None), CacheEntryRow.held_until <= at)


def _json(key: str, value: Any) -> str:
    try:
        data = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    except (TypeError, ValueError) as error:
        raise ValueRefused(f"the value of {key} has no JSON form: {error}") from None
    if len(data) > BYTES_MOST:
        raise ValueRefused(f"the value of {key} takes {len(data):,} bytes, {BYTES_MOST:,} are allowed; store a file")
    return data.decode()
