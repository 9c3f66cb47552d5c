"""The SQL table of cached answers."""

from datetime import datetime

from sqlalchemy import Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from research.column_types import UtcDateTime
from research.models import Model


class CacheEntryRow(Model):
    """An answer as JSON text until it expires, and who computes it now, if anybody does."""

    __tablename__ = "cache_entries"

    key: Mapped[str] = mapped_column(String(300), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    computed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    computed_in_ms: Mapped[int | None] = mapped_column(Integer)
    etag: Mapped[str | None] = mapped_column(String(32))
    holder: Mapped[str | None] = mapped_column(String(64))
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    # What may be long comes last: to reach a column, SQLite reads all that is before it.
    value: Mapped[str | None] = mapped_column(Text)
