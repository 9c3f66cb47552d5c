"""Keep house: files nobody refers to, what interrupted work left, cold storage of old rows, upkeep of indexes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from marshmallow import Schema, fields, validate

from actors import services
from callboard.jobs.policy import DEFAULT_RETRY, Queue
from callboard.worker.context import Context
from callboard.worker.job import job

if TYPE_CHECKING:
    from callboard.history.database import Engine

cleanup_queue = Queue("database-cleanup", concurrency=1)
HOURS: Final = validate.Range(1, 24 * 3650)


class CleanUp(Schema):
    """Whether to do it or only to say what would be done."""

    dry_run = fields.Boolean(
        load_default=False, metadata={"description": "list what would be done, and change nothing"}
    )


class RemoveOrphanedFiles(CleanUp):
    """Which files are old enough to be removed when nothing refers to them."""

    older_than_hours = fields.Integer(
        strict=True,
        load_default=24,
        validate=HOURS,
        metadata={"description": "files stored since then stay: a table or job may be about to name them"},
    )
    finished_within_hours = fields.Integer(
        strict=True,
        load_default=168,
        validate=HOURS,
        metadata={"description": "files that jobs name which finished since then stay, for those may be run again"},
    )


class CleanTempData(CleanUp):
    """What is old enough to be nobody's work in progress."""

    older_than_hours = fields.Integer(
        strict=True,
        load_default=24,
        validate=HOURS,
        metadata={"description": "younger parts of files and temporary folders stay: someone may be writing them"},
    )


@job(queue=cleanup_queue, schema=RemoveOrphanedFiles, retry=DEFAULT_RETRY, timeout=1800, priority="low")
def remove_orphaned_files(
    ctx: Context, *, older_than_hours: int, finished_within_hours: int, dry_run: bool
) -> dict[str, Any]:
    """Delete stored files that nothing refers to. Safe to repeat: each run finds out anew what is an orphan."""
    from dataclasses import asdict

    from research.cleanup.orphans import files_before, orphans, remove_orphans
    from research.cleanup.removal import SHOWN, listed

    store, now = services.files(), datetime.now(UTC)
    ctx.progress(0, 4, "list files")
    old = list(files_before(store, now - timedelta(hours=older_than_hours)))
    needed = _needed_files(ctx, now - timedelta(hours=finished_within_hours))
    found = list(orphans(store, old, needed))
    whole = None
    if dry_run and len(found) > SHOWN:
        whole = store.put(listed(asdict(orphan) for orphan in found), "orphans.jsonl").reference
    removal = remove_orphans(
        store, found, dry_run, lambda done, total, step: ctx.progress(2 * total + 2 * done, 4 * total, step)
    )
    ctx.progress(1, 1, "done")
    counts = {"files": len(old), "needed": len(needed.intersection(old)), "list_file": whole}
    return {"dry_run": dry_run, **counts, **removal.values()}


def _needed_files(ctx: Context, finished_since: datetime) -> set[str]:
    """The files that somebody may still need. SQL comes first: what leaves Redis meanwhile is in SQL, or finished."""
    from callboard.history.database import reading
    from research.cleanup.references import references_in_redis, references_in_tables

    needed: set[str] = set()
    with reading(services.database()) as session:
        for table, found in references_in_tables(session, finished_since):
            ctx.progress(1, 4, f"read {table}")
            needed |= found
    for found in references_in_redis(ctx.broker.links):
        ctx.progress(1.5, 4, "read jobs")
        needed |= found
    return needed


@job(queue=cleanup_queue, schema=CleanTempData, retry=DEFAULT_RETRY, timeout=1800, priority="low")
def clean_temp_data(ctx: Context, *, older_than_hours: int, dry_run: bool) -> dict[str, Any]:
    """Delete half-written files, forgotten folders and expired entries. Safe to repeat: what is gone is not found."""
    from research.cleanup.leftovers import Places, leftovers, remove_leftover
    from research.cleanup.removal import Removal

    settings = services.settings()
    ctx.progress(0, 3, "look")
    places = Places(settings.files_folder, settings.mail_folder, services.temporary_folder())
    found = list(leftovers(places, datetime.now(UTC) - timedelta(hours=older_than_hours)))
    removal = Removal()
    for done, leftover in enumerate(found):
        ctx.progress(len(found) + done, 3 * len(found), "would remove" if dry_run else "remove")
        shown = {"kind": leftover.kind, "path": str(leftover.path.relative_to(settings.home)), "bytes": leftover.size}
        removal = removal.with_one(shown, leftover.size, not dry_run and remove_leftover(leftover))
    entries = _remove_expired(ctx, services.database(), dry_run)
    ctx.progress(3, 3, "done")
    return {"dry_run": dry_run, **removal.values(), "expired_entries": entries}


def _remove_expired(ctx: Context, engine: Engine, dry_run: bool) -> int:
    """Delete what has expired in the cache, batch after batch, or only count it."""
    from callboard.history.database import reading, writing
    from research.cleanup.leftovers import expired_entries, remove_expired

    now, total = datetime.now(UTC), 0
    if dry_run:
        with reading(engine) as session:
            return expired_entries(session, now)
    while True:
        ctx.progress(2, 3, "expired entries")
        with writing(engine) as session:
            removed = remove_expired(session, now)
        total += removed
        if not removed:
            return total
