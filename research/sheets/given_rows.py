"""Rows that a caller gives as objects, in the call or in a file of JSON, JSON lines or CSV."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import orjson

from research.column_types import storable
from research.sheets.errors import Damaged, NotATable, TooLarge
from research.sheets.limits import LIMITS, MB
from research.sheets.open_book import TEXT_NAMES, open_book
from research.sheets.records import Form, Problem, Record, records
from research.sheets.survey import Wanted, survey

JSON_BYTES: Final = 10 * MB  # parsed as a whole it takes ten times as much
LINE_BYTES: Final = MB
GOT_CHARACTERS: Final = 60
NAME_CHARACTERS: Final = 100


def given(rows: Iterable[Any], keys: tuple[str, ...] = ()) -> Iterator[Record]:
    """The rows as records numbered from 1; what cannot be stored is a problem of its row and field."""
    for number, row in enumerate(rows, 1):
        yield _record(number, row, keys)


def given_in(path: Path, name: str, keys: tuple[str, ...] = ()) -> Iterator[Record]:
    """The rows in a file, told by its name and its beginning. Raises SheetError."""
    if name.lower().endswith(TEXT_NAMES):
        yield from _in_text(path, name, keys)
        return
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(1024).lstrip()[:1]
    if start == b"[" and size <= JSON_BYTES:
        yield from given(_parsed(path.read_bytes(), name), keys)
    elif start == b"[":
        raise TooLarge(
            f"{name} has {size / MB:,.0f} MB of JSON, at most {JSON_BYTES // MB} MB are read; write one row a line"
        )
    elif start == b"{" and size <= LIMITS.file_bytes:
        yield from given(_lines(path, name), keys)
    elif start == b"{":
        raise TooLarge(f"{name} has {size / MB:,.0f} MB, at most {LIMITS.file_bytes // MB} MB are read")
    else:
        raise NotATable(f"{name}: rows as JSON, as JSON lines or as .csv were expected, got something else")


def _in_text(path: Path, name: str, keys: tuple[str, ...]) -> Iterator[Record]:
    with open_book(path, name) as book:
        for plan in survey(book, Wanted(header_row=1, keep_notes=True), lambda: None).plans:
            yield from records(book, plan, Form(keys=keys))


def _parsed(text: bytes, where: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Damaged(f"{where} is not JSON: {error}") from None


def _lines(path: Path, name: str) -> Iterator[Any]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LINE_BYTES + 1):
            number += 1
            if len(line) > LINE_BYTES:
                raise TooLarge(f"line {number} of {name} has more than {LINE_BYTES // MB} MB")
            if line.strip():
                yield _parsed(line, f"line {number} of {name}")


def _record(number: int, row: Any, keys: tuple[str, ...]) -> Record:
    record = Record(number, {})
    if not isinstance(row, dict):
        record.problems.append(Problem(f"row {number}", "", "an object with a value for each column", _got(row)))
        return record
    for field, value in row.items():
        name, expected = storable(str(field)), _expected(value)
        if expected:
            record.problems.append(Problem(f"row {number}", name[:NAME_CHARACTERS], expected, _got(value)))
        else:
            record.values[name] = value
    for name in keys:
        if record.values.get(name) is None:
            record.problems.append(Problem(f"row {number}", name, "a value by which the row is known", "nothing"))
    return record


def _expected(value: Any) -> str | None:
    """What was expected instead of a value, None where it can be stored."""
    if isinstance(value, float) and not math.isfinite(value):
        return "a finite number"
    if value is None or isinstance(value, str | int | float | bool):
        return None
    return "text, a number, true, false or nothing"


def _got(value: Any) -> str:
    return repr(value)[:GOT_CHARACTERS]
