"""The SQL tables of experiments: what is known of each, its readings, its metrics and its reports."""

from datetime import datetime
from typing import Any

from sqlalchemy import Float, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from research.column_types import Json, UtcDateTime
from research.models import Model, now


class ExperimentRow(Model):
    """An experiment: its file, its columns, what is wrong with it, and which run of reading its readings are from."""

    __tablename__ = "experiments"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str] = mapped_column(Text)
    file: Mapped[str] = mapped_column(Text)
    file_reference: Mapped[str] = mapped_column(String(100))
    sha256: Mapped[str] = mapped_column(String(64))
    sheet: Mapped[str | None] = mapped_column(Text)
    run: Mapped[str] = mapped_column(String(40))
    readings: Mapped[int] = mapped_column(Integer)
    columns: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    facts: Mapped[dict[str, str]] = mapped_column(Json)
    quality: Mapped[dict[str, Any]] = mapped_column(Json)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    calculated: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, index=True)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class ReadingRow(Model):
    """One row of readings: its line in the file, seconds since the first one, and the SI values or labels by column.

    No foreign key: the rows of a new run are written before the experiment points to them.
    """

    __tablename__ = "experiment_readings"

    experiment_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    run: Mapped[str] = mapped_column(String(40), primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True)
    seconds: Mapped[float | None] = mapped_column(Float)
    values: Mapped[list[Any]] = mapped_column(Json)


class MetricRow(Model):
    """A metric of an experiment or of one of its curves: its value in SI, or why it has none; and how it was found."""

    __tablename__ = "experiment_metrics"

    experiment_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(Integer, primary_key=True)
    curve: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(String(80), index=True)
    value: Mapped[float | None] = mapped_column(Float)
    unit: Mapped[str] = mapped_column(String(40))
    method: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    inputs: Mapped[dict[str, Any]] = mapped_column(Json)
    missing: Mapped[str | None] = mapped_column(Text)


class ReportRow(Model):
    """The newest report of an experiment in a format, as a stored file."""

    __tablename__ = "experiment_reports"

    experiment_id: Mapped[str] = mapped_column(
        String(64), ForeignKey("experiments.id", ondelete="CASCADE"), primary_key=True
    )
    format: Mapped[str] = mapped_column(String(10), primary_key=True)
    reference: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
