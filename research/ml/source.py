"""The rows a model learns from: of a dataset, of a stored CSV or NDJSON file, or the quantities found in papers."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any, Final

from research.ml.errors import UntrainableData

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from research.files import FileStore

QUANTITIES: Final = "paper_quantities"
FILE_BYTES: Final = 200_000_000
FIELD_CHARACTERS: Final = 1_000_000
# How the tables of this world spell that there is no value.
MISSING: Final = frozenset(("", "na", "n/a", "nan", "null", "none", "-"))


def read_rows(engine: Engine, files: FileStore, data: str) -> Iterator[Mapping[str, Any]]:
    """The rows of a dataset's name, a file's reference or `paper_quantities`, one after the other.

    Raises UntrainableData with the line of a file that cannot be read, UnknownFile, UnknownDataset.
    """
    if data.startswith("file:"):
        return _file_rows(files, data)
    if data == QUANTITIES:
        return _quantities(engine)
    from research.datasets.store import rows

    return rows(engine, data)


def is_missing(value: Any) -> bool:
    """Whether a cell holds no value: null, NaN, or one of the words for it."""
    if isinstance(value, str):
        return value.strip().lower() in MISSING
    return value is None or value != value  # noqa: PLR0124 - NaN is the one value that differs from itself


def _file_rows(files: FileStore, reference: str) -> Iterator[Mapping[str, Any]]:
    stored = files.describe(reference)
    if stored.size > FILE_BYTES:
        raise UntrainableData(f"{stored.name} has {stored.size:,} bytes; a file to train on has {FILE_BYTES:,} at most")
    with files.path(reference).open(encoding="utf-8-sig", newline="") as file:
        yield from table_rows(stored.name, file)


def table_rows(name: str, file: IO[str]) -> Iterator[Mapping[str, Any]]:
    """The rows of an open file, CSV, TSV or NDJSON as its name says. Raises UntrainableData with the line."""
    reader = _READERS.get(PurePath(name).suffix.lower())
    if reader is None:
        raise UntrainableData(f"{name} is no table: a name that ends in {', '.join(_READERS)} was expected")
    try:
        yield from reader(name, file)
    except UnicodeDecodeError as error:
        raise UntrainableData(f"{name} is not in UTF-8: {error.reason} at byte {error.start:,}") from None


def _csv_rows(name: str, file: IO[str], delimiter: str = ",") -> Iterator[Mapping[str, Any]]:
    csv.field_size_limit(FIELD_CHARACTERS)
    reader = csv.DictReader(file, delimiter=delimiter, strict=True, restkey="")
    try:
        header = reader.fieldnames or []
        if len(set(header)) < len(header):
            twice = next(column for column in header if header.count(column) > 1)
            raise UntrainableData(f'{name}: column "{twice}" is there twice in the header')
        for row in reader:
            if row.get("") is not None and "" not in header:
                raise UntrainableData(f"{name}, line {reader.line_num}: more cells than the header has names")
            yield row
    except csv.Error as error:
        raise UntrainableData(f"{name}, line {reader.reader.line_num}: {error}") from None


def _tsv_rows(name: str, file: IO[str]) -> Iterator[Mapping[str, Any]]:
    return _csv_rows(name, file, "\t")


def _json_rows(name: str, file: IO[str]) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(file, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UntrainableData(f"{name}, line {number}: {error}") from None
        if not isinstance(row, dict):
            raise UntrainableData(f"{name}, line {number}: expected a JSON object, got {type(row).__name__}")
        yield row


_READERS: Final[dict[str, Callable[[str, IO[str]], Iterator[Mapping[str, Any]]]]] = {
    ".csv": _csv_rows,
    ".tsv": _tsv_rows,
    ".ndjson": _json_rows,
    ".jsonl": _json_rows,
}


def _quantities(engine: Engine) -> Iterator[Mapping[str, Any]]:
    """What was found in all papers, in an order that does not change."""
    from sqlalchemy import select

    from callboard.history.database import reading
    from research.models import QuantityRow

    row = QuantityRow
    chosen = (row.paper_id, row.name, row.value, row.unit, row.sentence)
    with reading(engine) as session:
        found = session.execute(select(*chosen).order_by(row.paper_id, row.position).execution_options(yield_per=1000))
        for values in found.mappings():
            yield dict(values)
