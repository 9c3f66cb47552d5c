"""The SQL table of aggregates that were given a name, for dashboards to read."""

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from research.column_types import Json, UtcDateTime
from research.models import Model


class AggregateRow(Model):
    """One row of one metric under a name; a later aggregate of the same name replaces all of them."""

    __tablename__ = "analytics_aggregates"

    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    metric: Mapped[str] = mapped_column(String(64), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    start_at: Mapped[datetime] = mapped_column(UtcDateTime)
    end_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    numbers: Mapped[dict[str, Any]] = mapped_column(Json)
