"""Find the row with the names of the columns, and make names of it that are all different."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from research.sheets.cells import CellError, SheetRow, letters, plain

SAMPLE_ROWS: Final = 100
CANDIDATES: Final = 30
NAME_CHARACTERS: Final = 100
COVERED: Final = 0.5
YEARS: Final = range(1800, 2200)


def find_header(sample: Sequence[SheetRow]) -> int | None:
    """The line of the header among the first rows of a sheet, None where every row looks like data.

    Names are text. Where the rows below have columns of numbers or dates, the header is the row of text that stands
    above most of what follows; in a table of nothing but text it is the first row that stands above half of it.
    """
    candidates = [at for at in range(min(len(sample), CANDIDATES)) if _may_be_header(sample, at)]
    if not candidates:
        return None
    if not all(map(_text_only, sample)):
        best = max(candidates, key=lambda at: (_covered(sample, at), -at))
        return sample[best].line if _share(sample, best) >= COVERED else None
    first = next((at for at in candidates if _share(sample, at) >= COVERED), None)
    return None if first is None else sample[first].line


def column_names(header: SheetRow | None, used: Sequence[int]) -> dict[int, str]:
    """A name for each column that is used: blanks joined, a number added where one comes twice, letters for none."""
    names: dict[int, str] = {}
    taken: set[str] = set()
    for column in sorted(used):
        value = header.cells.get(column) if header else None
        given = "" if value is None or isinstance(value, CellError) else " ".join(str(plain(value)).split())
        name = base = given[:NAME_CHARACTERS] or f"column_{letters(column)}"
        number = 1
        while name in taken:
            number += 1
            name = f"{base} ({number})"
        taken.add(name)
        names[column] = name
    return names


def _may_be_header(sample: Sequence[SheetRow], at: int) -> bool:
    """Whether a row has names only, and none above it is as full and has anything else: that would be data."""
    values = list(sample[at].cells.values())
    data_above = any(len(row.cells) >= len(values) and not _text_only(row) for row in sample[:at])
    return any(isinstance(value, str) for value in values) and all(map(_names, values)) and not data_above


def _text_only(row: SheetRow) -> bool:
    return all(isinstance(value, str) for value in row.cells.values())


def _names(value: Any) -> bool:
    return isinstance(value, str) or (type(value) is int and value in YEARS)


def _covered(sample: Sequence[SheetRow], at: int) -> int:
    """How many cells below stand under a name, less those that do not."""
    named = sample[at].cells.keys()
    return sum(1 if column in named else -1 for row in sample[at + 1 :] for column in row.cells)


def _share(sample: Sequence[SheetRow], at: int) -> float:
    """The part of the cells below that stands under a name."""
    below = sum(len(row.cells) for row in sample[at + 1 :])
    return (_covered(sample, at) + below) / (2 * below) if below else 0.0
