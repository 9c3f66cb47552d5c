"""What a sentence says around one of its numbers: by this a model recognises which parameter the number reports."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from research.ml.columns import Column
from research.ml.errors import UnfitRow
from research.papers.numbers import find_numbers, uses_decimal_comma

NEAR: Final = 60
INPUTS: Final = ("sentence", "value", "unit")
COLUMNS: Final = (
    Column("before", "text"),
    Column("after", "text"),
    Column("sentence", "text"),
    Column("unit", "category"),
    Column("magnitude", "number"),
)


def mention(row: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The columns of a number in a sentence: the words before and behind it, the sentence, the unit, the magnitude.

    Raises UnfitRow without a sentence, or where `value` is no number.
    """
    sentence = row.get("sentence")
    if not isinstance(sentence, str) or not sentence.strip():
        raise UnfitRow(f"{where}: a sentence was expected in sentence, got {str(sentence)[:40]!r}")
    value = _value(row.get("value"), where)
    start, end = _place(sentence, value)
    # Digits are what differs between two mentions of one parameter; the words around them are what does not.
    return {
        "before": _without_digits(sentence[max(0, start - NEAR) : start]),
        "after": _without_digits(sentence[end : end + NEAR]),
        "sentence": _without_digits(sentence),
        "unit": row.get("unit"),
        "magnitude": math.log10(abs(value)) if value else 0.0,
    }


def _value(value: Any, where: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise UnfitRow(f"{where}: a number was expected in value, got {str(value)[:40]!r}")
    return number


def _place(sentence: str, value: float) -> tuple[int, int]:
    """Where the number is printed; the middle of the sentence where it is not found."""
    for number in find_numbers(sentence, uses_decimal_comma(sentence)):
        if math.isclose(number.value, value, rel_tol=1e-9):
            return number.start, number.end
    return len(sentence) // 2, len(sentence) // 2


def _without_digits(text: str) -> str:
    return "".join("0" if c.isdecimal() else c for c in text)
