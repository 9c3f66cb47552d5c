"""Stored files that nothing refers to, and how they are removed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from research.cleanup.removal import Removal, Say
from research.errors import UnknownFile

if TYPE_CHECKING:
    from research.files import FileStore


@dataclass(frozen=True, slots=True)
class Orphan:
    """A stored file that nothing refers to; its size is in bytes."""

    reference: str
    name: str
    size: int


def files_before(store: FileStore, before: datetime) -> Iterator[str]:
    """References of the files that were stored before a time; younger ones may be about to be named somewhere."""
    for reference in store.references():
        try:
            changed = store.path(reference).stat().st_mtime
        except (UnknownFile, FileNotFoundError):
            continue
        if changed < before.timestamp():
            yield reference


def orphans(store: FileStore, old: Iterable[str], needed: Collection[str]) -> Iterator[Orphan]:
    """The old files that are not needed."""
    for reference in sorted(set(old).difference(needed)):
        try:
            yield _described(store, reference)
        except (UnknownFile, FileNotFoundError):
            continue  # somebody has deleted it meanwhile


def remove_orphans(store: FileStore, found: Collection[Orphan], dry_run: bool, say: Say) -> Removal:
    """Delete the files, or only count them; `say` is told (done, total, step) before each, and may stop it."""
    removal = Removal()
    for done, orphan in enumerate(found):
        say(done, len(found), "would remove" if dry_run else "remove")
        removal = removal.with_one(asdict(orphan), orphan.size, not dry_run and store.delete(orphan.reference))
    return removal


def _described(store: FileStore, reference: str) -> Orphan:
    path = store.path(reference)
    try:
        name = store.describe(reference).name
    except (OSError, ValueError, TypeError):
        name = ""  # its description is gone or damaged; that does not make it needed
    return Orphan(reference, name, path.stat().st_size)
