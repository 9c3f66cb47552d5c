"""A row on its way into a dataset, and the key by which it is known there."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from research.column_types import storable
from research.datasets.errors import BadName, BadRow

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
KEY_CHARACTERS: Final = 200
LARGEST: Final = 2**53


@dataclass(frozen=True, slots=True)
class Row:
    """Values by column; `source`, `sheet` and `line` say where they came from, and are the key where there is none."""

    values: Mapping[str, Any]
    source: str | None = None
    sheet: str | None = None
    line: int | None = None


def dataset_name(name: str) -> str:
    """The canonical name: lower case, hyphens and blanks as underscores. Raises BadName."""
    slug = name.strip().lower().replace("-", "_").replace(" ", "_")
    if not NAME.match(slug):
        raise BadName(f"a table is named with up to 64 letters, digits and underscores, a letter first, got {name!r}")
    return slug


def key_of(row: Row, keys: Sequence[str]) -> str:
    """The key of a row in its dataset: the values of the key columns, or its place in its source. Raises BadRow."""
    if keys:
        missing = [name for name in keys if row.values.get(name) is None]
        if missing:
            raise BadRow(f"a row needs a value in {', '.join(missing)}, by which rows are told apart{_place(row)}")
        parts: list[Any] = [row.values[name] for name in keys]
    elif row.source is not None and row.line is not None:
        parts = [row.source, row.sheet, row.line]
    else:
        raise BadRow("a row without key columns needs the place it came from: source and line")
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return text if len(text) <= KEY_CHARACTERS else f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def stored_values(row: Row) -> dict[str, Any]:
    """The values as JSON can hold them: text without NUL, finite numbers, whole ones within 53 bits. Raises BadRow."""
    return {storable(str(name)): _stored(value, name, row) for name, value in row.values.items()}


def _stored(value: Any, name: str, row: Row) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, float) and not math.isfinite(value):
        raise BadRow(f"column {name}: a finite number was expected, got {value}{_place(row)}")
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST:
        return str(value)  # readers of JSON would round it
    if value is None or isinstance(value, int | float | bool):
        return value
    raise BadRow(f"column {name}: text, a number, true, false or nothing was expected, got {value!r:.80}{_place(row)}")


def _place(row: Row) -> str:
    if row.line is None:
        return ""
    return f" (row {row.line} of sheet {row.sheet!r})" if row.sheet else f" (line {row.line})"
