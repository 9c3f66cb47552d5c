"""Experiments in the database: readings written run by run, so that a repeated job replaces them as a whole."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from callboard.history.database import Engine, reading, writing
from callboard.jobs.errors import Transient
from research.column_types import storable
from research.experiments.columns import column_from, described
from research.experiments.errors import UnknownExperiment
from research.experiments.models import ExperimentRow, MetricRow, ReadingRow, ReportRow
from research.experiments.readings import ReadExperiment, Readings
from research.experiments.times import Times
from research.files import StoredFile
from research.library import upsert
from research.models import now

if TYPE_CHECKING:
    from research.experiments.metric import Metric

BATCH: Final = 5_000
Progress = Callable[[int], None]


def write_readings(engine: Engine, experiment_id: str, run: str, readings: Readings, progress: Progress) -> None:
    """Write the readings of a run in batches, beside those that the experiment has; `progress` is told the number."""
    with writing(engine) as session:
        of_run = (ReadingRow.experiment_id == experiment_id, ReadingRow.run == run)
        session.execute(delete(ReadingRow).where(*of_run))
    for start in range(0, len(readings.lines), BATCH):
        progress(start)
        rows = list(rows_of(readings, start, start + BATCH))
        with writing(engine) as session:
            session.execute(insert(ReadingRow), [{"experiment_id": experiment_id, "run": run, **row} for row in rows])


def rows_of(readings: Readings, start: int, end: int) -> Iterable[dict[str, Any]]:
    """Some readings as rows; what is not a number is null."""
    columns = [
        plain(column.kind, values[start:end]) for column, values in zip(readings.columns, readings.values, strict=True)
    ]
    seconds = readings.times.seconds
    times = plain("number", seconds[start:end]) if seconds is not None else [None] * len(readings.lines[start:end])
    for line, time, *values in zip(readings.lines[start:end].tolist(), times, *columns, strict=True):
        yield {"line": line, "seconds": time, "values": values}


def plain(kind: str, values: Any) -> list[Any]:
    """The values of a column as JSON can say them."""
    if kind == "label":
        return [storable(value) for value in values]
    return [None if value != value else value for value in values.tolist()]  # noqa: PLR0124 - NaN alone differs


def point_to(
    engine: Engine,
    experiment_id: str,
    run: str,
    read: ReadExperiment,
    *,
    title: str,
    stored: StoredFile,
    quality: Mapping[str, Any],
) -> None:
    """Let the experiment have the readings of a run, and delete all others; what was calculated from those goes too.

    Raises Transient where another job replaced them meanwhile.
    """
    readings = read.readings
    started = readings.times.started_at
    values = {
        "title": storable(title),
        "file": storable(stored.name),
        "file_reference": stored.reference,
        "sha256": stored.sha256,
        "sheet": storable(read.sheet) if read.sheet else None,
        "run": run,
        "readings": len(readings.lines),
        "columns": [described(column) for column in readings.columns],
        "facts": dict(read.facts),
        "quality": {**quality, "rows": read.rows, "time_column": readings.times.column},
        "started_at": datetime.fromtimestamp(started, UTC) if started is not None else None,
        "calculated": None,
        "updated_at": now(),
    }
    with writing(engine) as session:
        upsert(session, ExperimentRow, {"id": experiment_id}, values)
        of_run = (ReadingRow.experiment_id == experiment_id, ReadingRow.run == run)
        if session.scalar(select(func.count()).select_from(ReadingRow).where(*of_run)) != len(readings.lines):
            raise Transient(f"the readings of experiment {experiment_id} were replaced by another job meanwhile")
        session.execute(delete(MetricRow).where(MetricRow.experiment_id == experiment_id))
        session.execute(delete(ReadingRow).where(ReadingRow.experiment_id == experiment_id, ReadingRow.run != run))


def forget_run(engine: Engine, experiment_id: str, run: str) -> None:
    """Delete the readings of a run that came to nothing."""
    with writing(engine) as session:
        current = select(ExperimentRow.run).where(ExperimentRow.id == experiment_id)
        session.execute(
            delete(ReadingRow).where(
                ReadingRow.experiment_id == experiment_id, ReadingRow.run == run, ReadingRow.run.not_in(current)
            )
        )


def find_experiment(session: Session, experiment_id: str) -> ExperimentRow:
    """The experiment with this id. Raises UnknownExperiment."""
    experiment = session.get(ExperimentRow, experiment_id)
    if experiment is None:
        raise UnknownExperiment(f"no experiment has the id {experiment_id!r}: process its results first")
    return experiment


def load_readings(
    engine: Engine, experiment_id: str, progress: Callable[[float], None] = lambda _share: None
) -> tuple[ExperimentRow, Readings]:
    """An experiment with its readings in the order of their lines; `progress` is told the share that is loaded.

    Raises UnknownExperiment, and Transient where they are replaced meanwhile.
    """
    import numpy as np

    with reading(engine) as session:
        experiment = find_experiment(session, experiment_id)
        columns = tuple(column_from(stored) for stored in experiment.columns)
        query = (
            select(ReadingRow.line, ReadingRow.seconds, ReadingRow.values)
            .where(ReadingRow.experiment_id == experiment_id, ReadingRow.run == experiment.run)
            .order_by(ReadingRow.line)
            .execution_options(yield_per=BATCH)
        )
        lines, seconds = array("q"), array("d")
        cells: list[Any] = [[] if column.kind == "label" else array("d") for column in columns]
        for line, time, values in session.execute(query):
            if len(lines) % BATCH == 0:
                progress(len(lines) / experiment.readings)
            lines.append(line)
            seconds.append(math.nan if time is None else time)
            for column, value in zip(cells, values, strict=True):
                column.append(math.nan if value is None else value)
        session.expunge(experiment)
    if len(lines) != experiment.readings:
        raise Transient(f"the readings of experiment {experiment_id} were replaced while they were read")
    arrays = tuple(
        values if column.kind == "label" else np.array(values, np.float64)
        for column, values in zip(columns, cells, strict=True)
    )
    known = not np.isnan(seconds).all()
    started = experiment.started_at.timestamp() if experiment.started_at else None
    times = Times(np.array(seconds, np.float64), started, experiment.quality["time_column"]) if known else Times()
    return experiment, Readings(columns, np.array(lines, np.int64), arrays, times)


def store_metrics(session: Session, experiment_id: str, calculated: dict[str, Any], metrics: Iterable[Metric]) -> None:
    """Replace the metrics of an experiment, and what was said of how they were calculated. Raises UnknownExperiment."""
    experiment = session.scalars(
        select(ExperimentRow).where(ExperimentRow.id == experiment_id).with_for_update()
    ).one_or_none()
    if experiment is None:
        raise UnknownExperiment(f"no experiment has the id {experiment_id!r}: process its results first")
    experiment.calculated = calculated
    experiment.updated_at = now()
    session.execute(delete(MetricRow).where(MetricRow.experiment_id == experiment_id))
    rows = [{"experiment_id": experiment_id, "position": k, **metric.values()} for k, metric in enumerate(metrics)]
    if rows:
        session.execute(insert(MetricRow), rows)


def metrics_of(session: Session, experiment_id: str) -> list[MetricRow]:
    """The metrics of an experiment in order; none where none were calculated."""
    query = select(MetricRow).where(MetricRow.experiment_id == experiment_id).order_by(MetricRow.position)
    return list(session.scalars(query))


def reports_of(session: Session, experiment_id: str) -> list[ReportRow]:
    """The reports of an experiment, one for each format in which one was made."""
    query = select(ReportRow).where(ReportRow.experiment_id == experiment_id).order_by(ReportRow.format)
    return list(session.scalars(query))


def delete_experiment(session: Session, experiment_id: str) -> bool:
    """Delete an experiment with everything known about it; False where there was none."""
    session.execute(delete(ReadingRow).where(ReadingRow.experiment_id == experiment_id))
    gone = session.execute(delete(ExperimentRow).where(ExperimentRow.id == experiment_id))
    return gone.rowcount > 0  # type: ignore[attr-defined]
