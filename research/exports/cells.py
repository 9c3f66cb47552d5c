"""Values as cells: what is a number stays one, what is text can never be taken for a formula."""

import re
from datetime import UTC, datetime
from typing import Any, Final

import orjson

# What begins so is a formula to one spreadsheet or another, also behind blanks and in its full-width form.
FORMULA: Final = re.compile(r"[\s\x00-\x1f\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n\x00-\x1f]")
NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
SURROGATE: Final = re.compile("[\ud800-\udfff]")


def csv_cell(value: Any) -> str | int | float | None:
    """A value for a CSV file: text that a spreadsheet would run gets a `'` before it, numbers stay as they are."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    text = as_text(value)
    return f"'{text}" if is_live(text) else text


def is_live(text: str) -> bool:
    """Whether a spreadsheet may run this text when it reads it from a CSV file; a plain number it only shows."""
    return FORMULA.match(text) is not None and not NUMBER.fullmatch(text)


def as_text(value: Any) -> str:
    """Any value as text: times in ISO 8601 and UTC, lists of texts with `; ` between, other structures as JSON."""
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        return without_surrogates("; ".join(value))
    return as_json(value).decode() if isinstance(value, list | dict) else str(value)


def as_json(value: Any) -> bytes:
    """A value as JSON on one line; what has no number in JSON (NaN, infinity) is null."""
    try:
        return orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z)
    except TypeError:  # whole numbers beyond 64 bits, half a surrogate pair
        return orjson.dumps(_tame(value), default=_plain, option=orjson.OPT_UTC_Z)


def iso(value: datetime) -> str:
    """A time as `2026-11-22T05:10:00Z`, with its fractions of a second where there are any."""
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def without_surrogates(text: str) -> str:
    """The text with halves of surrogate pairs, which no file can hold, shown as unknown characters."""
    return text if text.isascii() else SURROGATE.sub("\ufffd", text)


def _plain(value: Any) -> Any:
    return iso(value) if isinstance(value, datetime) else str(value)


def _tame(value: Any) -> Any:
    """A value without what orjson cannot write: such numbers become text."""
    if isinstance(value, dict):
        return {_tame(key): _tame(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_tame(inner) for inner in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    return without_surrogates(value) if isinstance(value, str) else value
