"""What interrupted work has left behind: half-written files, descriptions without a file, folders, expired entries."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

from research.cache.tables import CacheEntryRow

AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Leftover:
    """A file or folder that nobody will finish: what it is, where it lies in the home, its size in bytes."""

    kind: str
    path: Path
    size: int


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
            about = path.lstat()
        except FileNotFoundError:
            continue
        if about.st_mtime < before.timestamp():
            yield Leftover(kind, path, _size(path) if stat.S_ISDIR(about.st_mode) else about.st_size)


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


def expired_entries(session: Session, at: datetime) -> int:
    """How many entries of the cache have expired."""
    return session.scalar(select(func.count()).select_from(CacheEntryRow).where(_expired(at))) or 0


def remove_expired(session: Session, at: datetime) -> int:
    """Delete one batch of expired entries of the cache; how many they were, 0 where there is none left."""
    keys = list(session.scalars(select(CacheEntryRow.key).where(_expired(at)).limit(AT_ONCE)))
    if keys:
        session.execute(delete(CacheEntryRow).where(CacheEntryRow.key.in_(keys), _expired(at)))
    return len(keys)


def _expired(at: datetime) -> ColumnElement[bool]:
    """Expired, and nobody is about to compute it anew."""
    return (CacheEntryRow.expires_at < at) & or_(CacheEntryRow.held_until.is_(None), CacheEntryRow.held_until < at)


def _candidates(places: Places) -> Iterator[tuple[str, Path]]:
    yield from (("part of a file", path) for path in places.files.glob("[0-9a-f][0-9a-f]/*.part"))
    for path in places.files.glob("[0-9a-f][0-9a-f]/*.json"):
        if not path.with_suffix("").exists():
            yield "description without a file", path
    yield from (("part of a mail", path) for path in places.mail.glob("*.part"))
    yield from (("temporary folder", path) for path in places.temporary.glob("*"))


def _size(folder: Path) -> int:
    """Bytes of the files in a folder; what vanishes meanwhile counts nothing."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_size
        except FileNotFoundError:
            continue
    return total
