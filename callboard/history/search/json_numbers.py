"""The number at a path in JSON that is kept as text, on SQLite and on PostgreSQL; nothing where there is none.

A step is a key of an object, or a position in a list where it is a whole number. What is not JSON has no numbers.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Numeric, Text, case, cast, func, literal, null
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import ColumnElement

Steps = tuple[str | int, ...]


def number_at(dialect: str, column: ColumnElement[Any], steps: Steps) -> ColumnElement[Any]:
    """The number at a path in a column."""
    return _in_sqlite(column, steps) if dialect == "sqlite" else _in_postgres(column, steps)


def _in_sqlite(column: ColumnElement[Any], steps: Steps) -> ColumnElement[Any]:
    if any('"' in step for step in steps if isinstance(step, str)):
        return null()  # no path of SQLite can say this
    place = literal("$" + "".join(f"[{step}]" if isinstance(step, int) else f'."{step}"' for step in steps))
    is_number = func.json_type(column, place).in_(("integer", "real"))
    # Cases, because SQLite would otherwise be free to look into what is not JSON, and fail.
    return case((func.json_valid(column) == 1, case((is_number, func.json_extract(column, place)))))


def _in_postgres(column: ColumnElement[Any], steps: Steps) -> ColumnElement[Any]:
    value: ColumnElement[Any] = func.callboard_json(column, type_=JSONB)
    for step in steps:
        # As a text a step is a key and never a position, even if it is made of digits.
        value = value.op("->", return_type=JSONB())(step if isinstance(step, int) else cast(step, Text))
    return case((func.jsonb_typeof(value) == "number", cast(cast(value, Text), Numeric)))
