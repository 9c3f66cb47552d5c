"""The tables of what was asked of providers: budgets, calls with what they cost, and the answers."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Float, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from research.column_types import Json, UtcDateTime
from research.models import Model, now


class BudgetRow(Model):
    """What may be spent on a task if that is limited, and what is spent or held; billionths of a US dollar."""

    __tablename__ = "ai_budgets"

    task: Mapped[str] = mapped_column(String(200), primary_key=True)
    limit_nano_usd: Mapped[int | None] = mapped_column(BigInteger)
    committed_nano_usd: Mapped[int] = mapped_column(BigInteger, default=0)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class CallRow(Model):
    """A call to a provider; until its cost is known the amount held for it counts as spent."""

    __tablename__ = "ai_calls"
    __table_args__ = (Index("ix_ai_calls_provider_started_at", "provider", "started_at"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    task: Mapped[str] = mapped_column(String(200), index=True)
    job_id: Mapped[str] = mapped_column(String(200), index=True)
    item: Mapped[str] = mapped_column(Text)
    provider: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(120))
    state: Mapped[str] = mapped_column(String(10))
    held_nano_usd: Mapped[int] = mapped_column(BigInteger, default=0)
    cost_nano_usd: Mapped[int | None] = mapped_column(BigInteger)
    price_source: Mapped[str | None] = mapped_column(String(120))
    tokens_in: Mapped[int] = mapped_column(Integer, default=0)
    tokens_out: Mapped[int] = mapped_column(Integer, default=0)
    seconds: Mapped[float] = mapped_column(Float, default=0.0)
    error: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class OpinionRow(Model):
    """What one provider made of the document of one job."""

    __tablename__ = "ai_opinions"

    job_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    provider: Mapped[str] = mapped_column(String(40), primary_key=True)
    call_id: Mapped[str] = mapped_column(String(26), ForeignKey("ai_calls.id"))
    paper_id: Mapped[str | None] = mapped_column(String(64), ForeignKey("papers.id", ondelete="CASCADE"), index=True)
    case_id: Mapped[str | None] = mapped_column(String(100), index=True)
    about: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    document_sha256: Mapped[str] = mapped_column(String(64))
    summary: Mapped[str] = mapped_column(Text)
    key_phrases: Mapped[list[str]] = mapped_column(Json)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class WrittenRow(Model):
    """A section on a term that a task has had written; the newest one of a term and title is the one to show."""

    __tablename__ = "ai_sections"
    __table_args__ = (Index("ix_ai_sections_term_id_title", "term_id", "title"),)

    task: Mapped[str] = mapped_column(String(200), primary_key=True)
    term_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    title: Mapped[str] = mapped_column(String(200), primary_key=True)
    call_id: Mapped[str] = mapped_column(String(26), ForeignKey("ai_calls.id"))
    job_id: Mapped[str] = mapped_column(String(200))
    term: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
