"""CSV, JSON and NDJSON, written row by row."""

import csv
import io
from typing import BinaryIO

from research.exports.cells import as_json, csv_cell
from research.exports.table import Table


def write_csv(table: Table, target: BinaryIO) -> None:
    """Write a table as CSV by RFC 4180 in UTF-8, names of the columns first."""
    text = io.TextIOWrapper(target, encoding="utf-8", newline="")
    try:
        writer = csv.writer(text)
        writer.writerow(map(csv_cell, table.columns))
        writer.writerows(map(csv_cell, row) for row in table.rows)
    finally:
        text.detach()


def write_json(table: Table, target: BinaryIO) -> None:
    """Write a table as one JSON array, a record on each line."""
    before = b"[\n"
    for record in table.records():
        target.write(before + as_json(record))
        before = b",\n"
    target.write(b"[]\n" if before == b"[\n" else b"\n]\n")


def write_ndjson(table: Table, target: BinaryIO) -> None:
    """Write a table as JSON lines, a record on each."""
    for record in table.records():
        target.write(as_json(record) + b"\n")
