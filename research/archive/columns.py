"""The columns of a table in a columnar file, and the values of a row there and back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
from sqlalchemy import Boolean, Column, Float, Integer, LargeBinary, Table
from sqlalchemy.types import JSON

from research.column_types import UtcDateTime

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]


def arrow_schema(table: Table) -> pa.Schema:
    """The schema of a file of this table; the name of the table goes with it."""
    import pyarrow as pa

    kinds = (
        (Boolean, pa.bool_()),
        (Integer, pa.int64()),
        (Float, pa.float64()),
        (LargeBinary, pa.binary()),
        (UtcDateTime, pa.timestamp("us", tz="UTC")),
    )
    parts = []
    for column in table.c:
        kind = next((arrow for sql, arrow in kinds if isinstance(column.type, sql)), pa.string())
        parts.append(pa.field(column.name, kind, nullable=bool(column.nullable)))
    return pa.schema(parts, metadata={"callboard_table": table.name})


def to_file(table: Table, row: Mapping[str, Any]) -> Row:
    """The values as a file holds them: JSON as text, all others as they are."""
    return {column.name: _json(row[column.name]) if _is_json(column) else row[column.name] for column in table.columns}


def from_file(table: Table, row: Mapping[str, Any]) -> Row:
    """The values as the table holds them; a column that the table has gained since is left out."""
    known = [column for column in table.columns if column.name in row]
    return {column.name: _value(column, row[column.name]) for column in known}


class Checksum:
    """SHA-256 over rows in their order, the same for a row in SQL and for that row read back from a file."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self.rows = 0

    def add(self, rows: Iterable[Row]) -> None:
        """Count these rows in."""
        for row in rows:
            self._digest.update(line_of(row))
            self.rows += 1

    @property
    def text(self) -> str:
        """In hexadecimal."""
        return self._digest.hexdigest()


def line_of(row: Row) -> bytes:
    """A row as one line of bytes: two rows with the same line are the same row."""
    return orjson.dumps(row, default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(f"expected a value that a table can hold, got {type(value).__name__}")


def _json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def _is_json(column: Column[Any]) -> bool:
    return isinstance(column.type, JSON)


def _value(column: Column[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return orjson.loads(value) if _is_json(column) else value
