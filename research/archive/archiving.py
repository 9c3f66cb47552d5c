"""Move old rows to cold storage, so that at every moment each row is in SQL or in a file that was read back.

The files are complete before they are noted, noted before they are verified, verified before the first row is
deleted. Whoever dies in between leaves an archive that the next run finishes, or files that nothing names.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Column, func, select
from sqlalchemy.orm import Session

from callboard.history.database import Engine, reading, writing
from research.archive import manifest
from research.archive.columns import Checksum, Row, line_of
from research.archive.errors import ArchiveDamaged, ArchivedMeanwhile, UnknownArchive
from research.archive.manifest import Archive, ArchivedFile
from research.archive.parquet import AT_ONCE, read_rows, write_rows
from research.archive.sources import SOURCES, Source
from research.errors import UnknownFile

if TYPE_CHECKING:
    from research.files import FileStore

# Rows of a source in one archive: what a retry has to do again at most.
PART: Final = 5_000
Say = Callable[[int, str], None]


@dataclass(frozen=True)
class ColdStorage:
    """Where rows come from and go to, and where files are while they are being written."""

    engine: Engine
    store: FileStore
    scratch: Path


@dataclass(frozen=True)
class Part:
    """The rows of one archive while they are written: their keys, its name, and the folder for its files."""

    keys: Sequence[Any]
    name: str
    folder: Path


def count_due(cold: ColdStorage, source: Source, before: datetime, most: int) -> int:
    """How many rows of a source are older than a time, counted up to `most`."""
    with reading(cold.engine) as session:
        return session.scalar(select(func.count()).select_from(source.due(before, most).subquery())) or 0


def archive_source(cold: ColdStorage, source: Source, before: datetime, say: Say) -> Iterator[Archive]:
    """Archive all rows of a source from before a time, part by part; finishes first what was left unfinished.

    `say` is told (rows done of this part, step) all the while, and may stop the work anywhere by raising.
    """
    with reading(cold.engine) as session:
        left = manifest.unfinished(session, source.name)
    for archive in left:
        yield finish(cold, archive, say)
    while archive_id := write_part(cold, source, before, say):
        with reading(cold.engine) as session:
            archive = manifest.archive(session, archive_id)
        yield finish(cold, archive, say)


def write_part(cold: ColdStorage, source: Source, before: datetime, say: Say, most: int = PART) -> str | None:
    """Write the oldest rows to files and note these; the id of the archive, None where no row is old enough.

    Raises ArchivedMeanwhile where another process is archiving rows of the source.
    """
    with reading(cold.engine) as session, tempfile.TemporaryDirectory(dir=cold.scratch, prefix="archive-") as folder:
        number = manifest.last_number(session, source.name) + 1
        # Looked for behind the number: what is noted later takes this very number, what is over has deleted its rows.
        if others := manifest.unfinished(session, source.name):
            raise ArchivedMeanwhile(f"another process has made archive {others[0].id} and is deleting its rows")
        keys = list(session.scalars(source.due(before, most)))
        if not keys:
            return None
        part = Part(keys, f"{source.name}-{number:06d}", Path(folder))
        files = [_write(cold, session, part, owner, say) for owner in source.owners]
    with writing(cold.engine) as session:
        return manifest.note(session, source.name, number, before, files)


def finish(cold: ColdStorage, archive: Archive, say: Say) -> Archive:
    """Verify an archive and delete its rows from SQL; those that have changed since are kept.

    Raises ArchiveDamaged where the files are not what was written; no row is deleted then.
    """
    try:
        verify(cold.store, archive)
    except ArchiveDamaged as error:
        with writing(cold.engine) as session:
            manifest.mark(session, archive.id, manifest.DAMAGED, reason=str(error))
        raise
    with writing(cold.engine) as session:
        manifest.mark(session, archive.id, manifest.VERIFIED)
    kept = delete_rows(cold, archive, say)
    with writing(cold.engine) as session:
        manifest.mark(session, archive.id, manifest.DELETED, kept=kept)
        return manifest.archive(session, archive.id)


def verify(store: FileStore, archive: Archive) -> None:
    """Read all files of an archive back. Raises ArchiveDamaged for one that differs from what was written."""
    import pyarrow as pa

    for file in archive.files:
        checksum = Checksum()
        try:
            for rows in read_rows(store.path(file.reference), table_of_source(archive.source, file.table)):
                checksum.add(rows)
        except (UnknownArchive, UnknownFile, OSError, ValueError, pa.ArrowException) as error:
            raise ArchiveDamaged(f"archive {archive.id} cannot be read back: {error}") from error
        if (checksum.rows, checksum.text) != (file.rows, file.sha256):
            raise ArchiveDamaged(
                f"archive {archive.id} does not read back as written: {file.table} has {checksum.rows} rows with "
                f"checksum {checksum.text[:12]}, expected {file.rows} with {file.sha256[:12]}"
            )


def delete_rows(cold: ColdStorage, archive: Archive, say: Say) -> int:
    """Delete the rows of an archive from SQL, in short transactions; each only if it is still what the file holds.

    Returns how many were not, and are kept.
    """
    source, first = SOURCES[archive.source], archive.files[0]
    done = kept = 0
    for rows in read_rows(cold.store.path(first.reference), table_of_source(source.name, first.table)):
        say(done, "delete")
        with writing(cold.engine) as session:
            kept += _delete(session, source, rows)
        done += len(rows)
    return kept


def table_of_source(source: str, name: str) -> Any:
    """A table of a source. Raises UnknownArchive."""
    for owner in SOURCES[source].owners if source in SOURCES else ():
        if owner.table.name == name:
            return owner.table
    raise UnknownArchive(f"table {name} is none of {source}; this code is older than the archive")


def _delete(session: Session, source: Source, archived: Sequence[Row]) -> int:
    """Delete those of the archived rows that have not changed; how many have."""
    lines = {row[source.key.name]: line_of(row) for row in archived}
    there = session.execute(select(*source.key.table.columns).where(source.key.in_(lines)).with_for_update())
    now = {row[source.key.name]: line_of(dict(row)) for row in there.mappings()}
    same = [key for key, line in now.items() if line == lines[key]]
    if same:
        source.forget(session.connection(), same)
    return len(now) - len(same)


def _write(cold: ColdStorage, session: Session, part: Part, owner: Column[Any], say: Say) -> ArchivedFile:
    """Write the rows of one table that belong to the keys, and store the file."""
    table: Any = owner.table

    def batches() -> Iterator[list[Row]]:
        for start in range(0, len(part.keys), AT_ONCE):
            say(start, f"write {table.name}")
            query = select(*table.columns).where(owner.in_(part.keys[start : start + AT_ONCE]))
            yield [dict(row) for row in session.execute(query.order_by(*table.primary_key)).mappings()]

    path = part.folder / f"{part.name}-{table.name}.parquet"
    checksum = write_rows(path, table, batches())
    stored = cold.store.put_path(path)
    return ArchivedFile(table.name, stored.reference, checksum.rows, stored.size, checksum.text)
