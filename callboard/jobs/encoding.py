"""JSON in and out, the only form in which arguments and results are kept."""

from __future__ import annotations

from typing import Any, Final

import orjson

from callboard.jobs.errors import CallboardError

MAX_BYTES: Final = 256 * 1024


class NotJson(CallboardError):
    """Raised when a value cannot be written as JSON, or JSON cannot be read."""


class TooLarge(CallboardError):
    """Raised when a value is over the limit of 256 KiB; store a file and pass its reference."""


def encode(value: Any, what: str) -> str:
    """A value as compact JSON; `what` names it in errors ("arguments of excel_import").

    Raises NotJson when it has no JSON form, TooLarge over 256 KiB.
    """
    try:
        data = orjson.dumps(value, option=orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATACLASS)
    except (TypeError, ValueError, RecursionError) as error:
        raise NotJson(f"{what} must be plain JSON values, got one that is not: {error}") from None
    if len(data) > MAX_BYTES:
        raise TooLarge(f"{what} take {len(data):,} bytes, {MAX_BYTES:,} are allowed; store a file, pass its reference")
    return data.decode()


def decode(text: str | bytes, what: str) -> Any:
    """The value of a JSON text. Raises NotJson when it cannot be read."""
    try:
        return orjson.loads(text)
    except ValueError as error:
        raise NotJson(f"{what} is not JSON: {error}") from None
