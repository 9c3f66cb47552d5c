"""Datasets as tables."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from research.datasets.errors import UnknownDataset
from research.datasets.models import DatasetEntryRow, DatasetRow
from research.datasets.row import dataset_name
from research.exports.errors import ExportRefused
from research.exports.filters import RANGE, Filters
from research.exports.snapshot import count, stream
from research.exports.table import Table, Values

# A dataset with less than one in so many rows of the table is gathered by its index and sorted.
SMALL: Final = 4


def dataset(connection: Connection, name: str, filters: Filters) -> Table:
    """A dataset in the order in which its rows came in; where rows are chosen by filters, `total` is before that.

    Raises UnknownDataset, BadName, and ExportRefused for a filter that names no column or fits none.
    """
    slug = dataset_name(name)
    columns = _columns(connection, slug)
    wanted = _tests(filters, columns)
    statement = select(DatasetEntryRow.values).where(DatasetEntryRow.dataset == slug).order_by(DatasetEntryRow.id)
    total = count(connection, select(DatasetEntryRow.id).where(DatasetEntryRow.dataset == slug))
    if total * SMALL >= count(connection, select(DatasetEntryRow.id)):
        # Else SQLite would gather the rows by another index and sort all of them before it gives the first.
        statement = statement.with_hint(DatasetEntryRow, "NOT INDEXED", "sqlite")
    return Table(slug, columns, total, _rows((row[0] for row in stream(connection, statement)), columns, wanted))


def _columns(connection: Connection, name: str) -> tuple[str, ...]:
    with Session(connection) as session:
        found = session.scalar(select(DatasetRow.columns).where(DatasetRow.name == name))
        if found is None:
            known = ", ".join(session.scalars(select(DatasetRow.name).order_by(DatasetRow.name).limit(20)))
            raise UnknownDataset(f"table {name} is unknown; there are {known or 'none yet'}")
    return tuple(found)


def _rows(
    entries: Iterator[dict[str, Any]], columns: tuple[str, ...], tests: dict[str, Callable[[Any], bool]]
) -> Iterator[Values]:
    for values in entries:
        if all(test(values.get(name)) for name, test in tests.items()):
            yield [values.get(name) for name in columns]


def _tests(filters: Filters, columns: tuple[str, ...]) -> dict[str, Callable[[Any], bool]]:
    unknown = [name for name in filters if name not in columns]
    if unknown:
        raise ExportRefused(f"filter {unknown[0]!r} is unknown; rows can be chosen by {', '.join(columns)}")
    return {name: _test(name, wanted) for name, wanted in filters.items()}


def _test(name: str, wanted: Any) -> Callable[[Any], bool]:
    """Whether a value is the one wanted, one of those wanted, or within a range."""
    if isinstance(wanted, dict):
        if not wanted or not wanted.keys() <= RANGE:
            raise ExportRefused(f"a range of filter {name} has `from`, `to` or both, got {', '.join(wanted) or 'none'}")
        low, high = wanted.get("from"), wanted.get("to")
        return lambda value: (
            value is not None and (low is None or _order(low, value)) and (high is None or _order(value, high))
        )
    if isinstance(wanted, list) and not wanted:
        raise ExportRefused(f"filter {name} needs at least one value, got an empty list")
    choices = wanted if isinstance(wanted, list) else [wanted]
    return lambda value: any(_same(value, choice) for choice in choices)


def _same(value: Any, wanted: Any) -> bool:
    first, second = _alike(value, wanted)
    return bool(first == second)


def _order(low: Any, high: Any) -> bool:
    first, second = _alike(low, high)
    return type(first) is type(second) and bool(first <= second)


def _alike(first: Any, second: Any) -> tuple[Any, Any]:
    """Both as numbers where both can be read as such, else as they are."""
    try:
        return _number(first), _number(second)
    except ValueError:
        return first, second


def _number(value: Any) -> float:
    return float(value if isinstance(value, int | float | str) and not isinstance(value, bool) else "not one")
