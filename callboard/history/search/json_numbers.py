"""The number at a path in JSON that is kept as text, on SQLite and on PostgreSQL; nothing where there is none.

A step is a key of an object, or a position in a list where it is a whole number. What is not JSON has no numbers.
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Numeric, Text, case, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql import ColumnElement

Steps = tuple[str | int, ...]
NUMBERS: Final = ("integer", "real")


def number_at(dialect: str, column: ColumnElement[Any], steps: Steps) -> ColumnElement[Any]:
    """The number at a path in a column."""
    return _in_sqlite(column, steps) if dialect == "sqlite" else _in_postgres(column, steps)


def _in_sqlite(column: ColumnElement[Any], steps: Steps) -> ColumnElement[Any]:
    for n, step in enumerate(steps):
        if isinstance(step, str) and '"' in step:
            return _below_a_quote(column, steps[:n], step, steps[n + 1 :])
    is_number = func.json_type(column, _place(steps)).in_(NUMBERS)
    # Cases, because SQLite would otherwise be free to look into what is not JSON, and fail.
    return case((func.json_valid(column) == 1, case((is_number, func.json_extract(column, _place(steps))))))


def _below_a_quote(column: ColumnElement[Any], before: Steps, step: str, after: Steps) -> ColumnElement[Any]:
    """The same where a key has a quote in it, which no path of SQLite can say: its parent's keys are gone through."""
    whole = case((func.json_valid(column) == 1, column))
    entry = func.json_each(whole, _place(before)).table_valued("key", "value", "type")
    number = _in_sqlite(entry.c.value, after) if after else case((entry.c.type.in_(NUMBERS), entry.c.value))
    return select(number).select_from(entry).where(entry.c.key == step).limit(1).scalar_subquery()


def _place(steps: Steps) -> ColumnElement[str]:
    return literal("$" + "".join(f"[{step}]" if isinstance(step, int) else f'."{step}"' for step in steps))


def _in_postgres(column: ColumnElement[Any], steps: Steps) -> ColumnElement[Any]:
    value: ColumnElement[Any] = func.callboard_json(column, type_=JSONB)
    for step in steps:
        # As a text a step is a key and never a position, even if it is made of digits.
        value = value.op("->", return_type=JSONB())(step if isinstance(step, int) else cast(step, Text))
    return case((func.jsonb_typeof(value) == "number", cast(cast(value, Text), Numeric)))
