"""`callboard restore`: bring back what a backup holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.asking import confirm_many
from cli.output import Out
from cli.words import word

if TYPE_CHECKING:
    from research.backup.check import Backup

EXAMPLES = """
callboard restore backup.zip
callboard restore backup.zip --dry-run
callboard restore backup.zip --replace --yes
"""


@word("restore", EXAMPLES)
@click.argument("backup", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--replace/--into-empty", default=False, help="Delete the rows that are there; else there must be none (default)."
)
@click.option("--dry-run", is_flag=True, help="Only check the backup, and say what would be done.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def restore_command(out: Out, backup: Path, replace: bool, dry_run: bool, yes: bool) -> None:
    """Restore a full_backup, made on SQLite or PostgreSQL, into the tables of this database. Stop the workers before.

    The backup is read and compared with its hashes first. All rows come in one transaction: it is all or nothing.
    """
    from cli.server import database
    from research.backup.check import opened, verify
    from research.backup.restore import filled
    from research.schema import RESEARCH

    RESEARCH.require_current(database())
    with opened(backup) as source:
        verify(source)
        with database().connect().execution_options(reading=True) as connection:
            there = sum(filled(connection).values())
        manifest = source.manifest
        about: dict[str, Any] = {"backup": backup.name, "made_at": manifest.made_at, "schema": manifest.schema}
        about |= {"rows": manifest.rows, "tables": manifest.counts, "removed": there if replace else 0}
        about |= {"files": manifest.files.rows if manifest.files else 0, "restored": not dry_run}
        if there and not replace and dry_run:
            out.warn(f"the tables have {there:,} rows: only --replace would restore over them")
        if not dry_run:
            if there and replace:
                confirm_many(f"Delete {there:,} rows and restore {manifest.rows:,}", there, yes)
            about["files"] = bring_back(source, backup.name, replace)
    out.page(about, lambda: show(out, about))


def bring_back(source: Backup, name: str, replace: bool) -> int:
    """Restore files and tables, and write down who did it; returns the files that were not there."""
    from callboard.history.audit import note_act
    from callboard.jobs.clock import wall_ms
    from cli.schedule_change import who
    from cli.server import database, settings
    from research.backup.restore import restore_files, restore_tables
    from research.files import FileStore

    # Rows that name a file come after it.
    files = restore_files(source, FileStore(settings().files_folder))
    with database().begin() as connection:
        removed = restore_tables(connection, source, replace=replace, progress=lambda *_: None)
        detail = {"removed": removed, "made_at": source.manifest.made_at, "files": files}
        count = source.manifest.rows
        note_act(connection, wall_ms(), who(), "restore", name, count=count, origin="command line", detail=detail)
    return files


def show(out: Out, about: dict[str, Any]) -> None:
    """What was restored, or would be."""
    for name, rows in about["tables"].items():
        out.line(f"{name}\t{rows}")
    did = "restored" if about["restored"] else "would restore"
    removed = f" in place of {about['removed']:,}" if about["removed"] else ""
    out.say(f"{did} {about['rows']:,} rows{removed} and {about['files']:,} files of {about['made_at']}")
