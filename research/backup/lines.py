"""Rows as lines of JSON and back, without loss, by the types of their columns."""

import base64
import json
import math
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import Column, DateTime, Float, LargeBinary, Table
from sqlalchemy.types import TypeDecorator

from research.backup.errors import BackupRefused

Convert = Callable[[Any], Any]
# Made by exports, of no use without their files, and made again on demand.
LEFT_OUT: Final = frozenset({"exports"})


def kept_tables() -> list[Table]:
    """The tables that a backup has, each behind those that its rows refer to."""
    from research.tables import Model

    return [table for table in Model.metadata.sorted_tables if table.name not in LEFT_OUT]


def encoders(table: Table) -> dict[str, Convert]:
    """How the values of those columns are written that JSON has no form for."""
    return _by_type(table.columns, {LargeBinary: _text_of_bytes, DateTime: datetime.isoformat, Float: _text_of_odd})


def decoders(columns: Iterable[Column[Any]]) -> dict[str, Convert]:
    """How they are read again."""
    return _by_type(columns, {LargeBinary: base64.b64decode, DateTime: datetime.fromisoformat, Float: float})


def _by_type(columns: Iterable[Column[Any]], converts: Mapping[type, Convert]) -> dict[str, Convert]:
    found: dict[str, Convert] = {}
    for column in columns:
        type = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
        convert = next((convert for kind, convert in converts.items() if isinstance(type, kind)), None)
        if convert:
            found[column.name] = convert
    return found


def line_of(values: dict[str, Any], encode: Mapping[str, Convert]) -> bytes:
    """A row as one line; what JSON has no form for is converted in place."""
    for name, convert in encode.items():
        if values[name] is not None:
            values[name] = convert(values[name])
    try:
        return orjson.dumps(values) + b"\n"
    except TypeError:  # whole numbers beyond 64 bits, halves of surrogate pairs: slower, but exact
        return json.dumps(values, separators=(",", ":")).encode() + b"\n"


def row_of(line: bytes, decode: Mapping[str, Convert], place: str) -> dict[str, Any]:
    """A row of a line. Raises BackupRefused, which names the place."""
    try:
        values: dict[str, Any] = json.loads(line)
        for name, convert in decode.items():
            if values[name] is not None:
                values[name] = convert(values[name])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BackupRefused(f"{place} of the backup is no row of that table: {error}") from None
    return values


def _text_of_bytes(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _text_of_odd(value: float) -> float | str:
    """Infinities and NaN as the text that `float` reads."""
    return value if math.isfinite(value) else str(value)
