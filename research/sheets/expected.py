"""What a column is to hold: the value in that form, or what was expected and what was got."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any, Final

from research.sheets.cells import plain, whole

NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?\Z", re.ASCII)
TRUTHS: Final = {"true": True, "yes": True, "false": False, "no": False}


class NotExpected(ValueError):
    """Raised when a value is not of the kind that its column is to hold."""


def text(value: Any) -> str:
    """Text; a number as it is written, so that a code may be stored as one."""
    return str(plain(value)).lower() if isinstance(value, bool) else str(plain(value))


def number(value: Any) -> int | float:
    """A number, or text that is one. Raises NotExpected."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return whole(float(value)) if isinstance(value, float) else value
    if isinstance(value, str) and NUMBER.match(value.strip()):
        found = float(value)
        if found - found == 0:
            return whole(found)
    raise NotExpected("a number")


def integer(value: Any) -> int:
    """A whole number, or text that is one. Raises NotExpected."""
    try:
        found = number(value)
    except NotExpected:
        raise NotExpected("a whole number") from None
    if not isinstance(found, int):
        raise NotExpected("a whole number")
    return found


def boolean(value: Any) -> bool:
    """True or false, or one of the words true, false, yes, no. Raises NotExpected."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in TRUTHS:
        return TRUTHS[value.strip().lower()]
    raise NotExpected("true or false")


def day(value: Any) -> str:
    """A date without a time, or text in the form 2016-01-31. Raises NotExpected."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    try:
        return date.fromisoformat(value.strip()).isoformat()
    except (AttributeError, ValueError):
        raise NotExpected("a date") from None


def moment(value: Any) -> str:
    """A date with a time, or text in the form 2016-01-31T10:30:00. Raises NotExpected."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day).isoformat()  # noqa: DTZ001 - sheets know no zones
    try:
        return datetime.fromisoformat(value.strip()).isoformat()
    except (AttributeError, ValueError):
        raise NotExpected("a date and time") from None


KINDS: Final[dict[str, Callable[[Any], str | int | float | bool]]] = {
    "text": text,
    "number": number,
    "integer": integer,
    "boolean": boolean,
    "date": day,
    "datetime": moment,
}
