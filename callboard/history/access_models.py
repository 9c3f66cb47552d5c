"""The SQL tables of the API: who may use it, answers that are given again, bulk acts, saved views, notes on jobs."""

from __future__ import annotations

from sqlalchemy import BigInteger, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from callboard.history.models import Number, Table


class TokenRow(Table):
    """A token of the API: what it may do, and the hash of its secret; the secret itself is kept nowhere."""

    __tablename__ = "api_tokens"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(16))
    secret_hash: Mapped[str] = mapped_column(String(64))
    created_ms: Mapped[int] = mapped_column(BigInteger)
    created_by: Mapped[str | None] = mapped_column(String(200))
    expires_ms: Mapped[int | None] = mapped_column(BigInteger)
    revoked_ms: Mapped[int | None] = mapped_column(BigInteger)
    used_ms: Mapped[int | None] = mapped_column(BigInteger)


class AnswerRow(Table):
    """The first answer to a request with an Idempotency-Key; without a status it is still being answered."""

    __tablename__ = "api_answers"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int | None] = mapped_column(Integer)
    headers: Mapped[str | None] = mapped_column(Text)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    began_ms: Mapped[int] = mapped_column(BigInteger, index=True)


class BulkRow(Table):
    """A verb done to all jobs that a search finds: how far it is, and whether it was asked to stop."""

    __tablename__ = "bulk_acts"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    verb: Mapped[str] = mapped_column(String(32))
    query: Mapped[str] = mapped_column(Text)
    options: Mapped[str] = mapped_column(Text)
    who: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16))
    counts: Mapped[str] = mapped_column(Text)
    error: Mapped[str | None] = mapped_column(Text)
    stop_ms: Mapped[int | None] = mapped_column(BigInteger)
    started_ms: Mapped[int] = mapped_column(BigInteger, index=True)
    seen_ms: Mapped[int] = mapped_column(BigInteger)
    finished_ms: Mapped[int | None] = mapped_column(BigInteger)


class ViewRow(Table):
    """A search that somebody has given a name."""

    __tablename__ = "saved_views"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    query: Mapped[str] = mapped_column(Text)
    columns: Mapped[str | None] = mapped_column(Text)
    created_by: Mapped[str | None] = mapped_column(String(200))
    created_ms: Mapped[int] = mapped_column(BigInteger)


class JobNoteRow(Table):
    """A note that somebody has written on a job; it is forgotten with the row of the job."""

    __tablename__ = "job_notes"

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    job_id: Mapped[str] = mapped_column(String(200), index=True)
    at_ms: Mapped[int] = mapped_column(BigInteger)
    who: Mapped[str] = mapped_column(String(200))
    text: Mapped[str] = mapped_column(Text)
