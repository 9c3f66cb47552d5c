"""Put the records of a sheet into a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from research.datasets.errors import UnknownDataset
from research.datasets.models import DatasetEntryRow
from research.datasets.row import Row, key_of
from research.datasets.store import Counts, find_dataset, put_rows
from research.sheets.records import Record


@dataclass(frozen=True, slots=True)
class Target:
    """Where records go: a dataset, the columns that tell its rows apart, and what becomes of rows that are there."""

    table: str
    keys: tuple[str, ...]
    source: str
    conflict: str = "update"


def keys_of(engine: Engine, table: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The columns that tell the rows apart: those that are asked for, else those of the dataset if there is one."""
    try:
        return keys or tuple(find_dataset(engine, table).keys)
    except UnknownDataset:
        return ()


def dataset_row(record: Record, sheet: str | None, target: Target) -> Row:
    """A record as a row that knows where it came from."""
    return Row(record.values, target.source, sheet, record.line)


def store(session: Session, target: Target, sheet: str | None, records: Sequence[Record]) -> tuple[Counts, int]:
    """Put records into the dataset; what became of them, and how many have the key of another row of the same file.

    Raises BadName, BadRow, RowConflict.
    """
    rows = [dataset_row(record, sheet, target) for record in records]
    repeated = _repeated(session, target, sheet, rows) if target.keys else 0
    return put_rows(session, target.table, rows, keys=target.keys, conflict=target.conflict), repeated


def _repeated(session: Session, target: Target, sheet: str | None, rows: Sequence[Row]) -> int:
    lines = {key_of(row, target.keys): row.line for row in rows}
    query = select(DatasetEntryRow.key, DatasetEntryRow.line, DatasetEntryRow.sheet).where(
        DatasetEntryRow.dataset == target.table,
        DatasetEntryRow.source == target.source,
        DatasetEntryRow.key.in_(lines),
    )
    before = sum((line, of) != (lines[key], sheet) for key, line, of in session.execute(query))
    return before + len(rows) - len(lines)
