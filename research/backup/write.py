"""Writing a backup: one moment of all tables, as JSON lines in a zip file that is never held in memory."""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from sqlalchemy import Connection, Table, select

from research.backup.lines import encoders, kept_tables, line_of
from research.backup.manifest import FORMAT, INDEX, MANIFEST, Manifest, Part
from research.errors import UnknownFile
from research.exports.models import ExportRow
from research.exports.snapshot import count, stream
from research.exports.write import EVERY, Progress, Written, room
from research.files import BLOCK_BYTES, FileStore, StoredFile
from research.schema import RESEARCH

LEVEL: Final = 6
Alive = Callable[[], None]


def write_backup(
    connection: Connection, target: BinaryIO, folder: Path, progress: Progress, files: FileStore | None = None
) -> Written:
    """Write all tables as they are at the moment of the connection's transaction, and the stored files if a store is
    given, but for those that exports have made.

    `progress` is told (rows, of how many, step) now and then and may raise to stop it. Raises NoSpace.
    """
    tables = kept_tables()
    total = sum(count(connection, select(table)) for table in tables)
    with room(folder), zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL) as archive:
        parts: list[Part] = []
        for table in tables:
            done = sum(part.rows for part in parts)
            lines = told(rows_of(connection, table), done, total, table.name, progress)
            parts.append(write_part(archive, table.name, lines, [column.name for column in table.columns]))
        made = exported(connection) if files else set()
        alive = partial(progress, total, total + 1, "files")
        index = write_files(archive, files, made, folder, alive) if files else None
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        manifest = Manifest(FORMAT, RESEARCH.newest(), made_at, parts, index)
        archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))
    return Written(manifest.rows)


def rows_of(connection: Connection, table: Table) -> Iterator[bytes]:
    """The lines of a table in the order of its key."""
    encode = encoders(table)
    names = table.columns.keys()
    for row in stream(connection, select(table).order_by(*table.primary_key.columns)):
        yield line_of(dict(zip(names, row, strict=True)), encode)


def told(lines: Iterator[bytes], done: int, total: int, name: str, progress: Progress) -> Iterator[bytes]:
    """The lines, while `progress` is told how many there were."""
    for number, line in enumerate(lines, start=done):
        if number % EVERY == 0:
            progress(min(number, total), total + 1, name)
        yield line


def write_part(archive: zipfile.ZipFile, name: str, lines: Iterable[bytes], columns: list[str]) -> Part:
    """Write lines as a member, and say what it holds."""
    digest, rows, size = hashlib.sha256(), 0, 0
    with archive.open(Part(name, 0, 0, "", columns).member, "w", force_zip64=True) as member:
        for line in lines:
            digest.update(line)
            rows, size = rows + 1, size + len(line)
            member.write(line)
    return Part(name, rows, size, digest.hexdigest(), columns)


def exported(connection: Connection) -> set[str]:
    """The references of what exports have made, backups among them: a backup must not hold the one before it."""
    return set(connection.scalars(select(ExportRow.file_reference)))


def write_files(archive: zipfile.ZipFile, store: FileStore, but: set[str], folder: Path, alive: Alive) -> Part:
    """Write the stored files as they are, and a list of them."""
    with tempfile.TemporaryFile(dir=folder) as index:
        for reference in store.references():
            alive()
            # One that is deleted meanwhile is left out: nothing can refer to it any more.
            with suppress(UnknownFile, FileNotFoundError):
                if reference not in but:
                    stored = store.describe(reference)
                    copy_file(archive, store, stored, alive)
                    index.write(json.dumps(asdict(stored)).encode() + b"\n")
        index.seek(0)
        return write_part(archive, INDEX, index, [])


def copy_file(archive: zipfile.ZipFile, store: FileStore, stored: StoredFile, alive: Alive) -> None:
    """Copy a stored file into the archive, uncompressed: most are compressed by themselves."""
    with store.open(stored.reference) as source:
        entry = zipfile.ZipInfo(f"files/{stored.reference.removeprefix('file:')}")
        with archive.open(entry, "w", force_zip64=True) as member:
            while block := source.read(BLOCK_BYTES):
                alive()
                member.write(block)
