"""Numbers in cells: a decimal point or comma, thousands set apart, exponents; what is empty and what is unreadable."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any, Final

MISSING: Final = frozenset(
    ["", "-", "--", "—", "–", "na", "n/a", "#n/a", "nan", "null", "none", "nil", "n.a.", "?", "missing", "-nan"]
)
SPACES: Final = str.maketrans("", "", " \u00a0\u2009\u202f'’")
GROUPED: Final = {
    ".": re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?\Z"),
    ",": re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+(?:,\d*)?\Z"),
}
SPACED: Final = re.compile(r"[-+]?\d{1,3}(?:[ \u00a0\u2009\u202f'’]\d{3})+(?:[.,]\d*)?\Z")
SIGNIFICANT: Final = re.compile(r"[-+]?\d+([.,])(\d+)(?:[eE][-+]?\d+)?\Z")


def is_missing(cell: Any) -> bool:
    """Whether a cell stands for no value."""
    return cell is None or (isinstance(cell, str) and cell.strip().lower() in MISSING)


def number(cell: Any, decimal: str) -> float | None:
    """The finite number in a cell, None where there is none; `decimal` is the decimal mark of texts."""
    if isinstance(cell, bool | date | datetime | time | timedelta) or cell is None:
        return None
    if isinstance(cell, int | float):
        return float(cell) if math.isfinite(cell) else None
    text = str(cell).strip()
    try:
        value = float(text if decimal == "." else swapped(text))
    except ValueError:
        return odd_number(text, decimal)
    # Python reads `1_000`, `nan` and `infinity` as well, which no instrument means as a reading.
    return value if math.isfinite(value) and "_" not in text else None


def swapped(text: str) -> str:
    """A text with a decimal comma as one with a decimal point; one that has points as well is no plain number."""
    return text.replace(",", ".") if "." not in text else "no number" if "," in text else text


def odd_number(text: str, decimal: str) -> float | None:
    """Numbers that are rarer: thousands set apart, a typographic minus, the exponent of Fortran."""
    plain = text.replace("\u2212", "-")
    if SPACED.match(plain):
        plain = plain.translate(SPACES)
    if GROUPED[decimal].match(plain):
        plain = plain.replace("," if decimal == "." else ".", "")
    plain = re.sub(r"(?<=\d)[dD](?=[-+]?\d+\Z)", "e", plain)
    if plain == text and decimal == ".":
        return None
    try:
        value = float(plain.replace(",", ".") if decimal == "," else plain)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in plain else None


def decimal_mark(cells: Iterable[Any], delimiter: str) -> str:
    """The decimal mark of a table, by its cells: a comma where commas are and points are not.

    A comma before exactly three digits may set thousands apart; it is taken for a decimal comma where another cell
    shows one, or where the delimiter is a semicolon, as in files from countries that write decimals so.
    """
    points = commas = sure = 0
    for cell in cells:
        found = SIGNIFICANT.match(cell.strip()) if isinstance(cell, str) else None
        if found and found[1] == ".":
            points += 1
        elif found:
            commas += 1
            sure += len(found[2]) != 3 or cell.strip().lstrip("+-").startswith("0,")
    if commas and not points:
        return "," if sure or delimiter == ";" else "."
    return "," if sure > points else "."
