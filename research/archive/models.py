"""The table of archives: which rows lie in which files, and how far each has come."""

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from research.column_types import Json, UtcDateTime
from research.models import Model, now


class ArchiveRow(Model):
    """Rows of one source that were written to files together; `state` says whether they still lie in SQL too."""

    __tablename__ = "archives"
    # The number decides a race: of two that archive the same rows at once, the second cannot note its own.
    __table_args__ = (UniqueConstraint("source", "number"),)

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    source: Mapped[str] = mapped_column(String(40))
    number: Mapped[int] = mapped_column(Integer)
    # written, verified, deleted or damaged
    state: Mapped[str] = mapped_column(String(16))
    # of each file its table, reference, rows, bytes and checksum
    files: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    rows: Mapped[int] = mapped_column(Integer)
    # rows that had changed since, and stayed in SQL
    kept: Mapped[int] = mapped_column(Integer, default=0)
    older_than: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    restored_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
