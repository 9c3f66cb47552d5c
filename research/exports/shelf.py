"""Finished exports: made once for each job, found again by it, removed when their time is over."""

import hashlib
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, delete, select

from callboard.history.database import reading, writing
from research.errors import UnknownFile
from research.exports.models import ExportRow
from research.exports.write import Written, room
from research.files import FileStore, StoredFile
from research.library import upsert
from research.models import now


@dataclass(frozen=True)
class Export:
    """A finished export; `repeated` says that an earlier attempt had made it."""

    kind: str
    file: StoredFile
    rows: int
    cut_cells: int
    links_until: datetime
    repeated: bool = False


@dataclass(frozen=True)
class Label:
    """What an export is noted as; until when links to it are good, and until when it is kept."""

    job: str
    kind: str
    format: str
    name: str
    links_until: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Shelf:
    """Where exports are noted, kept, and put while they are written; the two folders are on one disk."""

    engine: Engine
    files: FileStore
    temporary: Path


def find(shelf: Shelf, job: str) -> Export | None:
    """What a job has made before, None if nothing or if its file is gone."""
    with reading(shelf.engine) as session:
        row = session.get(ExportRow, job)
    if row is None:
        return None
    try:
        file = shelf.files.describe(row.file_reference)
    except UnknownFile:
        return None
    return Export(row.kind, file, row.rows, row.cut_cells, row.links_until, repeated=True)


def make(shelf: Shelf, label: Label, write: Callable[[Path], Written]) -> Export:
    """Have a file written and keep it: it is stored whole, or not at all. Raises NoSpace and what `write` raises.

    Only a kill between storing and noting leaves a file that nothing names, for the clean-up of orphaned files.
    """
    files = shelf.files
    with workshop(shelf.temporary, label.job) as folder:
        path = folder / "export"
        with room(folder):
            written = write(path)
            stored = files.take(path, label.name)
    try:
        _note(shelf.engine, label, stored, written)
    except BaseException:
        files.delete(stored.reference)
        raise
    return Export(label.kind, stored, written.rows, written.cut_cells, label.links_until)


@contextmanager
def workshop(temporary: Path, job: str) -> Iterator[Path]:
    """A folder for what a job is writing; what a killed attempt left of it is removed."""
    of_job = temporary / "exports" / hashlib.sha256(job.encode()).hexdigest()[:32]
    shutil.rmtree(of_job, ignore_errors=True)
    # One of its own for each attempt: one that lost its lease, but runs on, must not store what the next one writes.
    folder = of_job / secrets.token_hex(8)
    folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            of_job.rmdir()


def _note(engine: Engine, label: Label, stored: StoredFile, written: Written) -> None:
    values = {
        "kind": label.kind,
        "format": label.format,
        "file_reference": stored.reference,
        "name": stored.name,
        "size": stored.size,
        "sha256": stored.sha256,
        "rows": written.rows,
        "cut_cells": written.cut_cells,
        "created_at": now(),
        "links_until": label.links_until,
        "expires_at": label.expires_at,
    }
    with writing(engine) as session:
        upsert(session, ExportRow, {"job": label.job}, values)


def sweep(shelf: Shelf, at: datetime) -> int:
    """Remove the exports whose time is over, and return how many; a file that is not named any more goes last."""
    with writing(shelf.engine) as session:
        over = list(session.scalars(select(ExportRow).where(ExportRow.expires_at <= at)))
        session.execute(delete(ExportRow).where(ExportRow.job.in_([row.job for row in over])))
    return sum(shelf.files.delete(row.file_reference) for row in over)
