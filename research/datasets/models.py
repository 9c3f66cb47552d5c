"""The SQL tables of datasets."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from research.column_types import Json, UtcDateTime
from research.models import Model, now

Number = BigInteger().with_variant(Integer(), "sqlite")


class DatasetRow(Model):
    """A dataset: its name, the columns that tell its rows apart, and all columns in the order they were first seen."""

    __tablename__ = "datasets"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    keys: Mapped[list[str]] = mapped_column(Json, default=list)
    columns: Mapped[list[str]] = mapped_column(Json, default=list)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class DatasetEntryRow(Model):
    """A row of a dataset, and where it came from: hash of the file, sheet and number of the row there."""

    __tablename__ = "dataset_rows"
    __table_args__ = (UniqueConstraint("dataset", "key"), Index(None, "dataset", "id"))

    id: Mapped[int] = mapped_column(Number, primary_key=True)
    dataset: Mapped[str] = mapped_column(String(64), ForeignKey("datasets.name", ondelete="CASCADE"))
    key: Mapped[str] = mapped_column(String(200))
    values: Mapped[dict[str, Any]] = mapped_column(Json)
    source: Mapped[str | None] = mapped_column(String(64), index=True)
    sheet: Mapped[str | None] = mapped_column(String(100))
    line: Mapped[int | None] = mapped_column(Integer)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
