"""The SQL tables of what the metrics count: running totals, and up to which event they hold all that happened."""

from __future__ import annotations

from sqlalchemy import Float, String
from sqlalchemy.orm import Mapped, mapped_column

from callboard.history.models import Table


class MeterRow(Table):
    """A total that only rises; `labels` are the values of its labels with a bar between, in the order of its meter."""

    __tablename__ = "meters"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    labels: Mapped[str] = mapped_column(String(300), primary_key=True)
    # Whole numbers up to 9e15 are exact in it.
    value: Mapped[float] = mapped_column(Float)


class MeterMarkRow(Table):
    """The newest event of a prefix that the totals hold; an older one is never counted again."""

    __tablename__ = "meter_marks"

    prefix: Mapped[str] = mapped_column(String(200), primary_key=True)
    last_id: Mapped[str] = mapped_column(String(40))
