"""Parquet files of rows: written batch by batch, read back batch by batch, in constant memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Table

from research.archive.columns import Checksum, Row, arrow_schema, from_file, to_file
from research.archive.errors import UnknownArchive

AT_ONCE: Final = 500


def write_rows(path: Path, table: Table, batches: Iterable[list[Row]]) -> Checksum:
    """Write rows of a table to a new file, one row group for each batch; returns what they add up to."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema, checksum = arrow_schema(table), Checksum()
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for rows in batches:
            if rows:
                checksum.add(rows)
                writer.write_batch(pa.RecordBatch.from_pylist([to_file(table, row) for row in rows], schema))
    return checksum


def read_rows(path: Path, table: Table) -> Iterator[list[Row]]:
    """The rows of a file of a table, as the table held them. Raises UnknownArchive for a file that is none."""
    with closing(_opened(path)) as file:
        for batch in file.iter_batches(AT_ONCE):
            yield [from_file(table, row) for row in batch.to_pylist()]


def read_plainly(path: Path) -> Iterator[Row]:
    """The rows of any such file as JSON values, whether or not its table still exists. Raises UnknownArchive."""
    with closing(_opened(path)) as file:
        for batch in file.iter_batches(AT_ONCE):
            for row in batch.to_pylist():
                yield {name: value.hex() if isinstance(value, bytes) else value for name, value in row.items()}


def table_named(path: Path) -> str:
    """The name of the table that a file holds rows of. Raises UnknownArchive."""
    with closing(_opened(path)) as file:
        return str((file.schema_arrow.metadata or {}).get(b"callboard_table", b"").decode() or "unknown")


def _opened(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path)
    except (pa.ArrowInvalid, FileNotFoundError) as error:
        raise UnknownArchive(f"expected a Parquet file, got {path.name}: {str(error).splitlines()[0]}") from None
