"""Read archives, and put their rows back into SQL."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Column, Table, insert, select, tuple_
from sqlalchemy.orm import Session

from callboard.history.database import writing
from research.archive import manifest
from research.archive.archiving import ColdStorage, Say, table_of_source, verify
from research.archive.columns import Row
from research.archive.errors import UnknownArchive
from research.archive.manifest import Archive
from research.archive.parquet import read_plainly, read_rows
from research.archive.sources import SOURCES
from research.files import FileStore
from research.models import now


def rows_of(store: FileStore, archive: Archive, table: str | None = None) -> Iterator[Row]:
    """The rows of an archive as JSON values: of one of its tables, left out of the first.

    Raises UnknownArchive for a table that it has not, UnknownFile.
    """
    names = [file.table for file in archive.files]
    chosen = next((file for file in archive.files if file.table == (table or names[0])), None)
    if chosen is None:
        raise UnknownArchive(f"archive {archive.id} has no table {table}; its tables are {', '.join(names)}")
    return read_plainly(store.path(chosen.reference))


def restore_archive(cold: ColdStorage, archive: Archive, say: Say) -> int:
    """Put the rows of an archive back into SQL, where they are not there already; how many of its own table were not.

    Safe to repeat, and to break off: a row that is there is left as it is. Raises ArchiveDamaged before any is put.
    """
    verify(cold.store, archive)
    source, restored = SOURCES[archive.source], 0
    for file in archive.files:
        table = table_of_source(archive.source, file.table)
        identity = [source.key] if table is source.key.table else list(table.primary_key)
        done = 0
        for rows in read_rows(cold.store.path(file.reference), table):
            say(done, f"restore {file.table}")
            with writing(cold.engine) as session:
                missing = _put_missing(session, table, identity, rows)
                if table is source.key.table:
                    source.restored(session.connection(), missing)
                    restored += len(missing)
            done += len(rows)
    with writing(cold.engine) as session:
        manifest.mark(session, archive.id, archive.state, restored_at=now())
    return restored


def _put_missing(session: Session, table: Table, identity: Sequence[Column[Any]], rows: Sequence[Row]) -> list[Row]:
    """Insert the rows that are not there; one whose number was given to another meanwhile gets a new one."""
    there = _there(session, identity, rows)
    missing = [row for row in rows if _values(identity, row) not in there]
    key = list(table.primary_key)
    taken = _there(session, key, missing) if key != list(identity) else set()
    numbered = [row for row in missing if _values(key, row) not in taken]
    unnumbered = [_without(row, key) for row in missing if _values(key, row) in taken]
    for some in (numbered, unnumbered):
        if some:
            session.execute(insert(table), some)
    return missing


def _without(row: Row, columns: Sequence[Column[Any]]) -> Row:
    left_out = {column.name for column in columns}
    return {name: value for name, value in row.items() if name not in left_out}


def _there(session: Session, columns: Sequence[Column[Any]], rows: Sequence[Row]) -> set[tuple[Any, ...]]:
    wanted = [_values(columns, row) for row in rows]
    if len(columns) == 1:
        query = select(*columns).where(columns[0].in_([value for (value,) in wanted]))
    else:
        query = select(*columns).where(tuple_(*columns).in_(wanted))
    return {tuple(row) for row in session.execute(query)}


def _values(columns: Sequence[Column[Any]], row: Row) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in columns)
