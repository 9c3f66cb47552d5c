"""What interrupted work has left behind: half-written files, descriptions without a file, folders, expired entries."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from research.cache import entries
from research.cache.tables import CacheEntryRow
from research.exports import shelf as exports
from research.exports.models import ExportRow
from research.exports.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file or folder that nobody will finish: what it is, where it lies in the home, its size in bytes."""

    kind: str
    path: Path
    size: int


class Seen(NamedTuple):
    """Bytes of something on disk, and when it was last changed, in seconds since 1970."""

    size: int
    changed: float


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of a home in which something may be left: of stored files, of mails, of temporary folders."""

    files: Path
    mail: Path
    temporary: Path


def leftovers(places: Places, before: datetime) -> Iterator[Leftover]:
    """What is older than a time; links are not followed, and nothing that is complete is named."""
    for kind, path in _candidates(places):
        try:
            seen = _look(path)
        except FileNotFoundError:
            continue
        if seen.changed < before.timestamp():
            yield Leftover(kind, path, seen.size)


def remove_leftover(leftover: Leftover) -> bool:
    """Delete a file or a folder; False where it was gone already."""
    path = leftover.path
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return not path.exists()
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True


def count_expired(session: Session, at: datetime) -> dict[str, int]:
    """How many entries of the cache and how many exports have expired."""
    held = or_(CacheEntryRow.held_until.is_(None), CacheEntryRow.held_until <= at)
    cached = select(func.count()).select_from(CacheEntryRow).where(CacheEntryRow.expires_at <= at, held)
    exported = select(func.count()).select_from(ExportRow).where(ExportRow.expires_at <= at)
    return {"cache_entries": session.scalar(cached) or 0, "exports": session.scalar(exported) or 0}


def remove_expired(shelf: Shelf, at: datetime) -> Iterator[dict[str, int]]:
    """Remove expired exports with their files, then expired entries of the cache, batch by batch."""
    yield {"exports": exports.sweep(shelf, at)}
    while removed := entries.sweep(shelf.engine, at):
        yield {"cache_entries": removed}


def _candidates(places: Places) -> Iterator[tuple[str, Path]]:
    yield from (("part of a file", path) for path in places.files.glob("[0-9a-f][0-9a-f]/*.part"))
    for path in places.files.glob("[0-9a-f][0-9a-f]/*.json"):
        if not path.with_suffix("").exists():
            yield "description without a file", path
    yield from (("part of a mail", path) for path in places.mail.glob("*.part"))
    for path in places.temporary.glob("*"):
        # Exports have a folder of theirs, with one for each job in it: it is theirs that may be old.
        below = path.glob("*") if path.name == "exports" and path.is_dir() else [path]
        yield from (("temporary folder", one) for one in below)


def _look(path: Path) -> Seen:
    """Size and age of a file, or of a folder with all in it, by its youngest part. Raises FileNotFoundError."""
    about = path.lstat()
    if not stat.S_ISDIR(about.st_mode):
        return Seen(about.st_size, about.st_mtime)
    size, changed = 0, about.st_mtime
    for part in path.rglob("*"):
        try:
            found = part.lstat()
        except FileNotFoundError:
            continue
        size, changed = size + found.st_size, max(changed, found.st_mtime)
    return Seen(size, changed)
