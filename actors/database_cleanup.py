"""Keep house: files nobody refers to, what interrupted work left, cold storage of old rows, upkeep of indexes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from marshmallow import Schema, fields, validate

from actors import services
from callboard.jobs.policy import DEFAULT_RETRY, Queue
from callboard.worker.context import Context
from callboard.worker.job import job

if TYPE_CHECKING:
    from research.archive.archiving import ColdStorage
    from research.archive.manifest import Archive

cleanup_queue = Queue("database-cleanup", concurrency=1)
ARCHIVABLE: Final = ("jobs", "deliveries", "mails", "reports", "notices", "audit")
MOST_ROWS: Final = 10_000_000
SHOWN_ARCHIVES: Final = 100
SHOWN_STEPS: Final = 200
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

    from callboard.history.database import reading
    from research.cleanup.orphans import files_before, orphans, remove_orphans
    from research.cleanup.references import needed_files
    from research.cleanup.removal import SHOWN, listed

    store, now = services.files(), datetime.now(UTC)
    ctx.progress(0, 4, "list files")
    old: list[str] = []
    for reference in files_before(store, now - timedelta(hours=older_than_hours)):
        old.append(reference)
        ctx.progress(0, 4, "list files")
    since = now - timedelta(hours=finished_within_hours)
    with reading(services.database()) as session:
        needed = needed_files(session, ctx.broker.links, since, lambda step: ctx.progress(1, 4, step))
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


@job(queue=cleanup_queue, schema=CleanTempData, retry=DEFAULT_RETRY, timeout=1800, priority="low")
def clean_temp_data(ctx: Context, *, older_than_hours: int, dry_run: bool) -> dict[str, Any]:
    """Delete half-written files, forgotten folders and expired entries. Safe to repeat: what is gone is not found."""
    from research.cleanup.leftovers import Places, leftovers, remove_leftover
    from research.cleanup.removal import Removal

    settings = services.settings()
    ctx.progress(0, 3, "look")
    places = Places(settings.files_folder, settings.mail_folder, services.temporary_folder())
    found = []
    for leftover in leftovers(places, datetime.now(UTC) - timedelta(hours=older_than_hours)):
        found.append(leftover)
        ctx.progress(0, 3, "look")
    removal = Removal()
    for done, leftover in enumerate(found):
        ctx.progress(len(found) + done, 3 * len(found), "would remove" if dry_run else "remove")
        shown = {"kind": leftover.kind, "path": str(leftover.path.relative_to(settings.home)), "bytes": leftover.size}
        removal = removal.with_one(shown, leftover.size, not dry_run and remove_leftover(leftover))
    expired = _remove_expired(ctx, dry_run)
    ctx.progress(3, 3, "done")
    return {"dry_run": dry_run, **removal.values(), "expired": expired}


def _remove_expired(ctx: Context, dry_run: bool) -> dict[str, int]:
    """Remove exports and entries of the cache that have expired, or only count them."""
    from callboard.history.database import reading
    from research.cleanup.leftovers import count_expired, remove_expired

    now = datetime.now(UTC)
    if dry_run:
        with reading(services.database()) as session:
            return count_expired(session, now)
    total = {"cache_entries": 0, "exports": 0}
    for removed in remove_expired(services.exports(), now):
        total = {name: count + removed.get(name, 0) for name, count in total.items()}
        ctx.progress(2, 3, "remove what has expired")
    return total


class ArchiveOldData(CleanUp):
    """What is old, and of which tables."""

    older_than_days = fields.Integer(
        strict=True,
        load_default=60,
        validate=validate.Range(8, 36_500),
        metadata={"description": "age of the rows; more than the seven days for which Redis keeps failed jobs"},
    )
    tables = fields.List(
        fields.String(validate=validate.OneOf(ARCHIVABLE)),
        load_default=lambda: ["jobs"],
        validate=validate.Length(1, len(ARCHIVABLE)),
        metadata={"description": "what to archive: " + ", ".join(ARCHIVABLE)},
    )


class OptimizeIndexes(CleanUp):
    """How much may be done to the database while others use it."""

    vacuum = fields.Boolean(
        load_default=False,
        metadata={"description": "SQLite: write the file anew to give space back; writers wait meanwhile"},
    )


@job(
    queue=cleanup_queue,
    schema=ArchiveOldData,
    retry=DEFAULT_RETRY,
    timeout=1800,
    priority="low",
    requires=("pyarrow",),
)
def archive_old_data(ctx: Context, *, older_than_days: int, tables: list[str], dry_run: bool) -> dict[str, Any]:
    """Move old rows into Parquet files. Safe to repeat: what was begun is finished first, a row is deleted only where
    the file that was read back has it as it is.
    """
    from research.archive.archiving import ColdStorage, count_due
    from research.archive.sources import SOURCES

    cold = ColdStorage(services.database(), services.files(), services.temporary_folder())
    before = datetime.now(UTC) - timedelta(days=older_than_days)
    due = {}
    for name in dict.fromkeys(tables):
        ctx.progress(0, 1, f"count {name}")
        due[name] = count_due(cold, SOURCES[name], before, MOST_ROWS)
    if dry_run:
        return {"dry_run": True, "due": due, "older_than": before.isoformat(), "rows": 0, "archived": 0, "archives": []}
    made = _archive_all(ctx, cold, list(due), before, sum(due.values()))
    ctx.progress(1, 1, "done")
    shown = [
        {"id": one.id, "rows": one.rows, "kept": one.kept, "bytes": sum(file.bytes for file in one.files)}
        for one in made[:SHOWN_ARCHIVES]
    ]
    counts = {"rows": sum(one.rows - one.kept for one in made), "archived": len(made)}
    return {"dry_run": False, "due": due, "older_than": before.isoformat(), **counts, "archives": shown}


def _archive_all(ctx: Context, cold: ColdStorage, names: list[str], before: datetime, total: int) -> list[Archive]:
    """Archive one source after the other; what is finished for an earlier run was not counted, hence the bound."""
    from research.archive.archiving import archive_source
    from research.archive.sources import SOURCES

    made: list[Archive] = []

    def say(done: int, step: str) -> None:
        moved = sum(one.rows for one in made) + (done if step == "delete" else 0)
        ctx.progress(min(moved, total), max(total, 1), step)

    for name in names:
        for archive in archive_source(cold, SOURCES[name], before, say):
            ctx.log(f"{archive.rows} rows of {name} are in archive {archive.id} now")
            made.append(archive)
    return made


@job(queue=cleanup_queue, schema=OptimizeIndexes, retry=DEFAULT_RETRY, timeout=1800, priority="low")
def optimize_indexes(ctx: Context, *, vacuum: bool, dry_run: bool) -> dict[str, Any]:
    """Keep statistics, indexes and files of the database in shape. Safe to repeat: it changes no row."""
    from research.cleanup.upkeep import run_step, sizes, steps

    engine = services.database()
    ctx.progress(0, 1, "look")
    before, planned = sizes(engine), list(steps(engine, vacuum=vacuum))
    seconds = {}
    for done, step in enumerate([] if dry_run else planned):
        say = partial(ctx.progress, done, len(planned), step.name)
        say()
        seconds[step.name] = run_step(engine, step, say)
    ctx.progress(1, 1, "done")
    told = [
        {"name": step.name, "statement": step.statement, "seconds": seconds.get(step.name)}
        for step in planned[:SHOWN_STEPS]
    ]
    return {
        "dry_run": dry_run,
        "steps": len(planned),
        "shown": told,
        "before": before,
        "after": None if dry_run else sizes(engine),
    }
