"""What kind a column is, and its cells as the numbers or words that a model reads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from research.column_types import storable
from research.ml.errors import UnfitRow
from research.ml.source import is_missing

CATEGORIES: Final = 100
WORDS_OF_TEXT: Final = 5.0
TEXT_CHARACTERS: Final = 20_000
# Beyond this a square, or a number in single precision, has no room.
NUMBER_MOST: Final = 1e30
CONSTANT: Final = "it has the same value in every row"


@dataclass(frozen=True, slots=True)
class Column:
    """A column and its role: `number`, `category` or `text`."""

    name: str
    role: str


def role_of(cells: Sequence[Any]) -> tuple[str | None, str]:
    """The role of a column, or None and the reason why it can have none."""
    present = [cell for cell in cells if not is_missing(cell)]
    if not present:
        return None, "it has no value in any row"
    if not all(isinstance(cell, str | int | float) for cell in present):
        return None, "it holds lists or objects"
    distinct = set(present)
    if len(distinct) == 1 and len(present) == len(cells):
        return None, CONSTANT
    return ("number", "") if all(as_number(cell) is not None for cell in distinct) else _role_of_words(present)


def _role_of_words(present: Sequence[Any]) -> tuple[str | None, str]:
    distinct = set(present)
    if sum(len(str(cell).split()) for cell in present) / len(present) >= WORDS_OF_TEXT:
        return "text", ""
    if len(distinct) <= CATEGORIES:
        return "category", ""
    return None, f"it has {len(distinct):,} different short values, which looks like a name and not like a category"


def as_number(cell: Any) -> float | None:
    """A cell as a number that can be reckoned with, None where it is not one."""
    try:
        number = float(cell)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if abs(number) <= NUMBER_MOST else None


def read_cell(column: Column, cell: Any, where: str) -> float | str:
    """A cell as its role has it; NaN or empty text where it is missing. Raises UnfitRow, which names the place."""
    if is_missing(cell):
        return math.nan if column.role == "number" else ""
    if column.role == "number":
        number = as_number(cell)
        if number is None:
            problem = f"a number up to {NUMBER_MOST:g} was expected in {column.name}, got {str(cell)[:40]!r}"
            raise UnfitRow(f"{where}: {problem}", {column.name: problem})
        return number
    if not isinstance(cell, str | int | float):
        problem = f"text was expected in {column.name}, got {type(cell).__name__}"
        raise UnfitRow(f"{where}: {problem}", {column.name: problem})
    return label(cell) if column.role == "category" else str(cell)[:TEXT_CHARACTERS]


def label(value: Any) -> str:
    """A class or category as text: 1, 1.0 and "1" are the same, for a CSV file knows only the last."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return storable(str(value)).strip()[:200]
