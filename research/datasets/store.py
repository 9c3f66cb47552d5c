"""Writing and reading the rows of datasets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from callboard.history.database import reading
from research.datasets.errors import RowConflict, UnknownDataset
from research.datasets.models import DatasetEntryRow, DatasetRow
from research.datasets.row import Row, dataset_name, key_of, stored_values
from research.models import now

CONFLICTS: Final = ("skip", "update", "fail")
CHUNK: Final = 1_000
NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of rows that were put into a dataset."""

    inserted: int = 0
    updated: int = 0
    skipped: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.inserted + other.inserted, self.updated + other.updated, self.skipped + other.skipped)


def open_dataset(session: Session, table: str, keys: Sequence[str] = ()) -> DatasetRow:
    """The dataset, made if it is new, and held until the transaction ends so that writers of one take turns.

    `keys` names the columns that tell its rows apart; left out, those it has. Raises BadName, RowConflict where it
    was made with other ones.
    """
    name = dataset_name(table)
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    new = {"name": name, "keys": list(keys), "columns": [], "created_at": now(), "updated_at": now()}
    session.execute(dialect.insert(DatasetRow).values(**new).on_conflict_do_nothing(index_elements=["name"]))
    dataset = session.scalars(select(DatasetRow).where(DatasetRow.name == name).with_for_update()).one()
    if keys and list(keys) != dataset.keys:
        known = ", ".join(dataset.keys) or "the place they came from"
        raise RowConflict(f"the rows of table {name} are told apart by {known}, not by {', '.join(keys)}", ())
    return dataset


def put_rows(
    session: Session, table: str, rows: Sequence[Row], *, keys: Sequence[str] = (), conflict: str = "update"
) -> Counts:
    """Put rows into a dataset; one whose key is there is skipped, updated, or makes all of it fail.

    Of several with one key in `rows` the last counts, the others are skipped. Raises BadName, BadRow, RowConflict.
    """
    dataset = open_dataset(session, table, keys)
    named = {key_of(row, dataset.keys): row for row in rows}
    there = keys_there(session, dataset.name, list(named))
    if there and conflict == "fail":
        some = tuple(sorted(there))[:NAMED]
        raise RowConflict(f"table {dataset.name} has {len(there)} of these rows already: {', '.join(some)}", some)
    values = [_values(dataset.name, key, row) for key, row in named.items() if conflict == "update" or key not in there]
    if values:
        _upsert(session, values)
        _note_columns(dataset, values)
    updated = len(there) if conflict == "update" else 0
    return Counts(len(named) - len(there), updated, len(rows) - len(named) + len(there) - updated)


def keys_there(session: Session, name: str, keys: Sequence[str]) -> set[str]:
    """Those of some keys under which the dataset has a row."""
    found: set[str] = set()
    for start in range(0, len(keys), CHUNK):
        part = keys[start : start + CHUNK]
        query = select(DatasetEntryRow.key).where(DatasetEntryRow.dataset == name, DatasetEntryRow.key.in_(part))
        found.update(session.scalars(query))
    return found


def _values(name: str, key: str, row: Row) -> dict[str, Any]:
    place = {"source": row.source, "sheet": row.sheet, "line": row.line}
    return {"dataset": name, "key": key, "values": stored_values(row), **place, "updated_at": now()}


def _upsert(session: Session, values: list[dict[str, Any]]) -> None:
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    insert: Any = dialect.insert(DatasetEntryRow)
    changed = {name: insert.excluded[name] for name in ("values", "source", "sheet", "line", "updated_at")}
    statement = insert.on_conflict_do_update(index_elements=["dataset", "key"], set_=changed)
    # Over the driver's executemany: one statement, whatever the number of rows.
    session.connection().execute(statement, values)


def _note_columns(dataset: DatasetRow, values: list[dict[str, Any]]) -> None:
    seen = dict.fromkeys([*dataset.columns, *(name for row in values for name in row["values"])])
    if list(seen) != dataset.columns:
        dataset.columns = list(seen)
    dataset.updated_at = now()


def rows(
    engine: Engine, table: str, *, after: int = 0, columns: Sequence[str] | None = None, chunk: int = CHUNK
) -> Iterator[dict[str, Any]]:
    """The values of all rows in the order they came in, read in chunks; with `columns` those alone, None where missing.

    Raises UnknownDataset.
    """
    for _, values in numbered_rows(engine, table, after=after, chunk=chunk):
        yield values if columns is None else {name: values.get(name) for name in columns}


def numbered_rows(
    engine: Engine, table: str, *, after: int = 0, chunk: int = CHUNK
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The number and the values of each row, beginning behind number `after`. Raises UnknownDataset."""
    name = find_dataset(engine, table).name
    while True:
        query = (
            select(DatasetEntryRow.id, DatasetEntryRow.values)
            .where(DatasetEntryRow.dataset == name, DatasetEntryRow.id > after)
            .order_by(DatasetEntryRow.id)
            .limit(chunk)
        )
        with reading(engine) as session:
            found = session.execute(query).all()
        for row in found:
            yield row.id, row.values
        if len(found) < chunk:
            return
        after = found[-1].id


def find_dataset(engine: Engine, table: str) -> DatasetRow:
    """The dataset of that name. Raises UnknownDataset, which names those there are."""
    name = dataset_name(table)
    with reading(engine) as session:
        dataset = session.get(DatasetRow, name)
        if dataset is None:
            known = ", ".join(session.scalars(select(DatasetRow.name).order_by(DatasetRow.name).limit(20)))
            raise UnknownDataset(f"table {name} is unknown; there are {known or 'none yet'}")
        return dataset


def columns(engine: Engine, table: str) -> list[str]:
    """The columns of a dataset in the order they were first seen. Raises UnknownDataset."""
    return list(find_dataset(engine, table).columns)


def count(engine: Engine, table: str) -> int:
    """How many rows a dataset has. Raises UnknownDataset."""
    name = find_dataset(engine, table).name
    with reading(engine) as session:
        query = select(func.count()).select_from(DatasetEntryRow).where(DatasetEntryRow.dataset == name)
        return session.scalar(query) or 0


def remove_dataset(session: Session, table: str) -> bool:
    """Remove a dataset with all its rows; False where there was none."""
    name = dataset_name(table)
    session.execute(delete(DatasetEntryRow).where(DatasetEntryRow.dataset == name))
    removed: Any = session.execute(delete(DatasetRow).where(DatasetRow.name == name))
    return bool(removed.rowcount)
