"""Which rows are exported: each column of the table can be asked for a value, one of several, or a range."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import JSON, ColumnElement, DateTime, Float, Integer, and_, or_

from research.column_types import UtcDateTime, storable
from research.exports.errors import ExportRefused

Filters = Mapping[str, Any]
RANGE: Final = frozenset({"from", "to"})
# No database compares larger whole numbers, and no column of ours holds any.
LARGEST: Final = 2**63


def conditions(filters: Filters, columns: Mapping[str, ColumnElement[Any]]) -> list[ColumnElement[bool]]:
    """The conditions that filters amount to.

    `{"unit": "V", "year": {"from": 2020}, "language": ["en", null]}`: a value, a range with both ends in it, one of
    several; null is no value. Raises ExportRefused, which names the column.
    """
    return [_condition(name, wanted, _column(name, columns)) for name, wanted in filters.items()]


def _column(name: str, columns: Mapping[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    plain = {known: column for known, column in columns.items() if not isinstance(column.type, JSON)}
    if name not in plain:
        raise ExportRefused(f"filter {name[:80]!r} is unknown; rows can be chosen by {', '.join(plain)}")
    return plain[name]


def _condition(name: str, wanted: Any, column: ColumnElement[Any]) -> ColumnElement[bool]:
    if isinstance(wanted, dict):
        return and_(*_bounds(name, wanted, column))
    if isinstance(wanted, list):
        if not wanted:
            raise ExportRefused(f"filter {name} needs at least one value, got an empty list")
        return or_(*(_condition(name, value, column) for value in _flat(name, wanted)))
    return column.is_(None) if wanted is None else column == fitting(name, wanted, column)


def _bounds(name: str, wanted: dict[str, Any], column: ColumnElement[Any]) -> list[ColumnElement[bool]]:
    if not wanted or not wanted.keys() <= RANGE:
        raise ExportRefused(f"a range of filter {name} has `from`, `to` or both, got {', '.join(wanted) or 'neither'}")
    ends = [(end, fitting(name, value, column)) for end, value in wanted.items()]
    return [column >= value if end == "from" else column <= value for end, value in ends]


def _flat(name: str, wanted: list[Any]) -> list[Any]:
    if any(isinstance(value, list | dict) for value in wanted):
        raise ExportRefused(f"filter {name} takes a list of plain values, got one with lists or ranges in it")
    return wanted


def fitting(name: str, value: Any, column: ColumnElement[Any]) -> Any:
    """A value as its column holds it; numbers and times may be given as text. Raises ExportRefused."""
    try:
        if isinstance(column.type, DateTime | UtcDateTime):
            return moment(str(value))
        if isinstance(column.type, Integer | Float):
            return _number(value, Integer if isinstance(column.type, Integer) else Float)
    except ValueError:
        raise ExportRefused(f"filter {name} takes {_kind(column)}, got {str(value)[:80]!r}") from None
    if isinstance(value, bool | list | dict):
        raise ExportRefused(f"filter {name} takes a text, got {str(value)[:80]!r}")
    return storable(str(value))


def moment(text: str) -> datetime:
    """A time from ISO 8601; without a zone it is in UTC. Raises ValueError."""
    value = datetime.fromisoformat(text)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def parse_where(terms: Sequence[str]) -> dict[str, Any]:
    """Filters from `unit=V`, `year=2020..2024`, `language=en,de`; a term without a value asks for none.

    Raises ExportRefused.
    """
    filters: dict[str, Any] = {}
    for term in terms:
        name, equals, text = term.partition("=")
        if not equals or not name.strip() or name.strip() in filters:
            raise ExportRefused(f"a filter is COLUMN=VALUE, each column once, got {term!r}")
        filters[name.strip()] = _wanted(text)
    return filters


def _wanted(text: str) -> Any:
    low, dots, high = text.partition("..")
    if dots and (low or high):
        return {end: value for end, value in (("from", low), ("to", high)) if value}
    values = [value or None for value in text.split(",")]
    return values[0] if len(values) == 1 else values


def _number(value: Any, kind: type[Integer] | type[Float]) -> int | float:
    number = float("not one" if isinstance(value, bool | list | dict) else value)
    if kind is Integer and abs(number) >= LARGEST:
        raise ValueError(value)
    return int(number) if kind is Integer and number.is_integer() else number


def _kind(column: ColumnElement[Any]) -> str:
    return "a number" if isinstance(column.type, Integer | Float) else "a time such as 2026-11-22 or 2026-11-22T05:10Z"
