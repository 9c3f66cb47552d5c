"""First answers to requests that may come again: one for each key within a day (draft-ietf-httpapi-idempotency-key)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from callboard.history.access_models import AnswerRow
from callboard.history.database import writing

KEPT_MS: Final = 24 * 3_600_000
# An answer that was begun and never given: its process died, and the request may be tried again.
GIVEN_UP_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it went out."""

    status: int
    headers: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """What became of a key: ours to answer now (`new`), answered before (`known`), just being answered (`busy`), or
    used with another body (`other`).
    """

    result: str
    answer: Answer | None = None


def claim(engine: Engine, key: str, body_hash: str, now_ms: int) -> Claim:
    """Claim a key for one request, or say what became of it. Keys older than a day are free again."""
    with writing(engine) as session:
        _forget(session, key, now_ms)
        dialect = postgresql if engine.dialect.name == "postgresql" else sqlite
        new = dialect.insert(AnswerRow).values(key=key, body_hash=body_hash, began_ms=now_ms)
        made: Any = session.execute(new.on_conflict_do_nothing(index_elements=["key"]))
        if made.rowcount:
            return Claim("new")
        row = session.get(AnswerRow, key)
        if row is None or row.body_hash != body_hash:
            return Claim("other")
        if row.status is None:
            return Claim("busy")
        return Claim("known", Answer(row.status, row.headers or "", row.body or b""))


def _forget(session: Session, key: str, now_ms: int) -> None:
    row = session.get(AnswerRow, key)
    if row and row.began_ms <= now_ms - (KEPT_MS if row.status is not None else GIVEN_UP_MS):
        session.delete(row)
        session.flush()


def keep(engine: Engine, key: str, answer: Answer) -> None:
    """Keep the answer of a claimed key."""
    values = {"status": answer.status, "headers": answer.headers, "body": answer.body}
    with writing(engine) as session:
        session.execute(update(AnswerRow).where(AnswerRow.key == key).values(**values))


def release(engine: Engine, key: str) -> None:
    """Give a claimed key back: what was asked for was not done."""
    with writing(engine) as session:
        session.execute(delete(AnswerRow).where(AnswerRow.key == key, AnswerRow.status.is_(None)))


def forget_answers(session: Session, now_ms: int) -> int:
    """Forget the answers that are older than a day; how many that were."""
    done: Any = session.execute(delete(AnswerRow).where(AnswerRow.began_ms <= now_ms - KEPT_MS))
    return int(done.rowcount)
