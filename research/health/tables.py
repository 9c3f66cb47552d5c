"""The SQL table of what was wrong when the health was checked the last time."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from research.column_types import UtcDateTime
from research.models import Model


class FailedCheckRow(Model):
    """A check that fails, since when; administrators were told when this row was written."""

    __tablename__ = "failed_checks"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    since_at: Mapped[datetime] = mapped_column(UtcDateTime)
    message: Mapped[str] = mapped_column(Text)
    fix: Mapped[str] = mapped_column(Text)
