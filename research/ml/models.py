"""The table of trained models."""

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from research.column_types import Json, UtcDateTime
from research.models import Model, now


class TrainedModelRow(Model):
    """A version of a model: how it was made, how good it is, and where its files are."""

    __tablename__ = "trained_models"
    __table_args__ = (UniqueConstraint("name", "version"), UniqueConstraint("job_id"))

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    version: Mapped[int] = mapped_column(Integer)
    job_id: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(40))
    algorithm: Mapped[str] = mapped_column(String(40))
    recipe: Mapped[dict[str, Any]] = mapped_column(Json)
    hyperparameters: Mapped[dict[str, Any]] = mapped_column(Json)
    features: Mapped[list[dict[str, str]]] = mapped_column(Json)
    classes: Mapped[list[str]] = mapped_column(Json)
    rows: Mapped[int] = mapped_column(Integer)
    left_out: Mapped[dict[str, str]] = mapped_column(Json)
    data_sha256: Mapped[str] = mapped_column(String(64))
    libraries: Mapped[dict[str, str]] = mapped_column(Json)
    metrics: Mapped[dict[str, Any]] = mapped_column(Json)
    file: Mapped[str] = mapped_column(Text)
    file_sha256: Mapped[str] = mapped_column(String(64))
    plots: Mapped[dict[str, str]] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
