"""Experiments with their metrics, and their readings, as tables."""

from collections.abc import Iterator
from functools import partial
from itertools import groupby
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, select

from research.experiments.models import ExperimentRow, MetricRow, ReadingRow
from research.exports.filters import Filters, conditions
from research.exports.snapshot import count, stream
from research.exports.table import Table, Values, fold

OF_EXPERIMENT: Final = ("id", "title", "file", "sheet", "readings", "facts", "started_at", "created_at", "updated_at")
OF_METRIC: Final = ("curve", "metric", "value", "unit", "method", "source", "inputs", "missing")
OF_READING: Final = ("experiment_id", "line", "seconds")


def experiments(connection: Connection, filters: Filters) -> Table:
    """Experiments in the order of their ids: a row for each metric, in SI units, one for an experiment without any.

    As records they are experiments with a list of metrics. Raises ExportRefused for filters that do not fit.
    """
    columns: dict[str, Any] = {name: getattr(ExperimentRow, name) for name in OF_EXPERIMENT}
    columns |= {name: getattr(MetricRow, "name" if name == "metric" else name) for name in OF_METRIC}
    statement = (
        select(*columns.values())
        .select_from(ExperimentRow)
        .outerjoin(MetricRow, MetricRow.experiment_id == ExperimentRow.id)
        .where(*conditions(filters, columns))
        .order_by(ExperimentRow.id, MetricRow.position)
    )
    together = partial(fold, outer=OF_EXPERIMENT, inner=OF_METRIC, told_by="metric", name="metrics")
    total = count(connection, statement)
    return Table("experiments", tuple(columns), total, stream(connection, statement), together)


def readings(connection: Connection, filters: Filters) -> Table:
    """The readings of experiments: a row for each line and column of their files, in SI units.

    Raises ExportRefused for filters that do not fit.
    """
    known: dict[str, Any] = {name: getattr(ReadingRow, name) for name in OF_READING}
    statement = (
        select(*known.values(), ReadingRow.values)
        .join(ExperimentRow, and_(ExperimentRow.id == ReadingRow.experiment_id, ExperimentRow.run == ReadingRow.run))
        .where(*conditions(filters, known))
        .order_by(ReadingRow.experiment_id, ReadingRow.run, ReadingRow.line)
    )
    widest = max((len(columns) for (columns,) in stream(connection, select(ExperimentRow.columns))), default=0)
    rows = _flat(connection, stream(connection, statement))
    return Table("readings", (*OF_READING, "column", "value", "unit"), count(connection, statement) * widest, rows)


def _flat(connection: Connection, found: Iterator[Row[Any]]) -> Iterator[Values]:
    for experiment, lines in groupby(found, key=lambda row: row[0]):
        columns = connection.scalar(select(ExperimentRow.columns).where(ExperimentRow.id == experiment)) or []
        for row in lines:
            for column, value in zip(columns, row[-1], strict=True):
                yield *row[:-1], column["name"], value, column["unit"]
