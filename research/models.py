"""The SQL tables of the platform."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Integer, LargeBinary, MetaData, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from research.column_types import Json, UtcDateTime

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def now() -> datetime:
    """The time of this machine, for columns that only people read."""
    return datetime.now(UTC)


class Model(DeclarativeBase):
    """Parent of all tables; constraints are named so that migrations can refer to them."""

    metadata = MetaData(naming_convention=NAMES)


class PaperRow(Model):
    """A paper: what its first page says, and where its file is."""

    __tablename__ = "papers"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    file: Mapped[str] = mapped_column(Text)
    file_reference: Mapped[str | None] = mapped_column(String(100))
    sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    title: Mapped[str | None] = mapped_column(Text)
    authors: Mapped[list[str]] = mapped_column(Json, default=list)
    year: Mapped[int | None] = mapped_column(Integer)
    doi: Mapped[str | None] = mapped_column(String(300), index=True)
    language: Mapped[str | None] = mapped_column(String(12))
    page_count: Mapped[int] = mapped_column(Integer, default=0)
    reference_count: Mapped[int | None] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)

    pages: Mapped[list["PageRow"]] = relationship(order_by="PageRow.page", viewonly=True)
    sections: Mapped[list["SectionRow"]] = relationship(order_by="SectionRow.position", viewonly=True)
    quantities: Mapped[list["QuantityRow"]] = relationship(order_by="QuantityRow.position", viewonly=True)
    analyses: Mapped[list["AnalysisRow"]] = relationship(order_by="AnalysisRow.id", viewonly=True)


def of_paper() -> Mapped[Any]:
    """The key column by which a row belongs to a paper and dies with it."""
    return mapped_column(String(64), ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True)


class PageRow(Model):
    """The text of one page, counted from 1."""

    __tablename__ = "paper_pages"

    paper_id: Mapped[str] = of_paper()
    page: Mapped[int] = mapped_column(Integer, primary_key=True)
    text: Mapped[str] = mapped_column(Text)


class SectionRow(Model):
    """A heading of a paper and the page it stands on."""

    __tablename__ = "paper_sections"

    paper_id: Mapped[str] = of_paper()
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    page: Mapped[int] = mapped_column(Integer)


class QuantityRow(Model):
    """Something measured in a paper: what, how much, in which unit, in which sentence."""

    __tablename__ = "paper_quantities"

    paper_id: Mapped[str] = of_paper()
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str | None] = mapped_column(Text)
    value: Mapped[float] = mapped_column(Float)
    max: Mapped[float | None] = mapped_column(Float)
    comparator: Mapped[str | None] = mapped_column(String(4))
    plus_minus: Mapped[float | None] = mapped_column(Float)
    unit: Mapped[str] = mapped_column(String(100), index=True)
    page: Mapped[int] = mapped_column(Integer)
    sentence: Mapped[str] = mapped_column(Text)


class AnalysisRow(Model):
    """What one provider made of a paper, and what that cost; the newest one is in the report."""

    __tablename__ = "paper_analyses"
    __table_args__ = (UniqueConstraint("paper_id", "provider", "model"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    paper_id: Mapped[str] = mapped_column(String(64), ForeignKey("papers.id", ondelete="CASCADE"))
    provider: Mapped[str] = mapped_column(String(40))
    model: Mapped[str] = mapped_column(String(120))
    summary: Mapped[str] = mapped_column(Text)
    key_phrases: Mapped[list[str]] = mapped_column(Json)
    findings: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    tokens_in: Mapped[int] = mapped_column(Integer, default=0)
    tokens_out: Mapped[int] = mapped_column(Integer, default=0)
    cost_usd: Mapped[float | None] = mapped_column(Float)
    seconds: Mapped[float] = mapped_column(Float, default=0.0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)


class ChunkRow(Model):
    """A passage of a paper with its embedding: little-endian float32, one row of the search matrix."""

    __tablename__ = "paper_chunks"
    __table_args__ = (UniqueConstraint("paper_id", "position"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    paper_id: Mapped[str] = mapped_column(String(64), ForeignKey("papers.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(Integer)
    page: Mapped[int] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text)
    terms: Mapped[str] = mapped_column(Text)
    words: Mapped[int] = mapped_column(Integer)
    model: Mapped[str] = mapped_column(String(120), index=True)
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class SentMailRow(Model):
    """A mail that was handed over, by idempotency key: a repeated job looks here first."""

    __tablename__ = "sent_mails"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    message_id: Mapped[str] = mapped_column(String(255))
    recipients: Mapped[list[str]] = mapped_column(Json)
    subject: Mapped[str] = mapped_column(Text)
    template: Mapped[str | None] = mapped_column(String(80))
    transport: Mapped[str] = mapped_column(String(20))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
