"""`callboard archive`: cold storage of old rows, listed, read, and put back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.failures import NOT_POSSIBLE, Stop
from cli.output import Column, Out
from cli.server import database, settings
from cli.times import ago, local
from cli.words import Words, word

if TYPE_CHECKING:
    from research.archive.archiving import ColdStorage
    from research.archive.manifest import Archive
    from research.files import FileStore

EXAMPLES = """
callboard archive                                     what lies in cold storage
callboard archive show jobs-000001                    its files and checksums
callboard archive read jobs-000001 --table job_failures
callboard archive restore jobs-000001                 put its rows back
"""
archive_command = Words("archive", default="ls", examples=EXAMPLES, help="Cold storage of old rows.")
COLUMNS = (
    Column("id", "Archive"),
    Column("state", "State"),
    Column("rows", "Rows", right=True, show=lambda row: f"{row['rows']:,}"),
    Column("bytes", "Bytes", right=True, show=lambda row: f"{row['bytes']:,}"),
    Column("older_than", "Older than", show=lambda row: local(row["older_than"])),
    Column("created_at", "Made", right=True, show=lambda row: ago(row["created_at"])),
    Column("restored_at", "Restored", wide=True, right=True, show=lambda row: ago(row["restored_at"])),
)
FILE_COLUMNS = (
    Column("table", "Table"),
    Column("rows", "Rows", right=True, show=lambda row: f"{row['rows']:,}"),
    Column("bytes", "Bytes", right=True, show=lambda row: f"{row['bytes']:,}"),
    Column("path", "File", fold=True),
    Column("sha256", "Checksum", wide=True, fold=True),
)


@word("ls", "callboard archive ls --limit 20\ncallboard archive ls --json | jq '.archives[].id'")
@click.option("--limit", metavar="N", type=click.IntRange(1, 10_000), default=100, show_default=True, help="At most.")
@click.pass_obj
def ls_command(out: Out, limit: int) -> None:
    """List the archives, the newest first."""
    from callboard.history.database import reading
    from research.archive.manifest import archives

    with reading(database()) as session:
        rows = [values(archive) for archive in archives(session, limit)]
    out.rows("archives", rows, COLUMNS, "nothing is archived; `callboard enqueue archive_old_data` does it")


@word("show", "callboard archive show jobs-000001\ncallboard archive show jobs-000001 --json")
@click.argument("archive")
@click.pass_obj
def show_command(out: Out, archive: str) -> None:
    """Show the files of an archive, with rows and checksums."""
    found = one(archive)
    store = files()
    parts = [{**asdict(file), "path": str(store.path(file.reference))} for file in found.files]
    if out.machine:
        out.value(values(found) | {"reason": found.reason, "files": parts})
        return
    out.say(f"{found.id}: {found.state}, {found.rows:,} rows from before {local(found.older_than)}")
    out.rows("files", parts, FILE_COLUMNS)


@word(
    "read",
    "callboard archive read jobs-000001 --limit 10\n"
    "callboard archive read jobs-000001 --table job_attempts | jq .outcome\n"
    "callboard archive read /mnt/cold/jobs-000001-background_jobs.parquet",
)
@click.argument("archive", metavar="ARCHIVE|FILE")
@click.option("--table", metavar="NAME", help="One of its tables; left out, the first.")
@click.option("--limit", metavar="N", type=click.IntRange(1), help="At most so many rows.")
@click.pass_obj
def read_command(out: Out, archive: str, table: str | None, limit: int | None) -> None:
    """Print the rows of an archive, or of one of its files that lies elsewhere now, an object a line."""
    needs_parquet()
    rows = islice(read(archive, table), limit)
    if out.json:
        out.value({"rows": list(rows)})
        return
    for row in rows:
        out.value(row)


@word("restore", "callboard archive restore jobs-000001")
@click.argument("archive")
@click.pass_obj
def restore_command(out: Out, archive: str) -> None:
    """Put the rows of an archive back where they are missing; the files stay."""
    from research.archive.restoring import restore_archive

    needs_parquet()
    found = one(archive)
    rows = restore_archive(cold_storage(), found, lambda done, step: out.detail(f"{step}: {done:,}"))
    out.page({"archive": found.id, "rows": rows}, lambda: out.say(f"{rows:,} of {found.rows:,} rows are back"))


for command in (ls_command, show_command, read_command, restore_command):
    archive_command.add_command(command)


def one(id: str) -> Archive:
    """An archive by its id. Raises UnknownArchive."""
    from callboard.history.database import reading
    from research.archive.manifest import archive

    with reading(database()) as session:
        return archive(session, id)


def values(archive: Archive) -> dict[str, Any]:
    """An archive as JSON values."""
    names = ("id", "source", "state", "rows", "kept", "older_than", "created_at", "deleted_at", "restored_at")
    return {name: getattr(archive, name) for name in names} | {"bytes": sum(file.bytes for file in archive.files)}


def read(named: str, table: str | None) -> Iterator[dict[str, Any]]:
    """The rows of an archive, or of a Parquet file. Raises UnknownArchive, UnknownFile."""
    from research.archive.parquet import read_plainly
    from research.archive.restoring import rows_of

    path = Path(named)
    return read_plainly(path) if path.is_file() else rows_of(files(), one(named), table)


def cold_storage() -> ColdStorage:
    """The cold storage of this home."""
    from research.archive.archiving import ColdStorage

    return ColdStorage(database(), files(), settings().home)


def files() -> FileStore:
    """The store of this home."""
    from research.files import FileStore

    return FileStore(settings().files_folder)


def needs_parquet() -> None:
    """Say what is missing where archives cannot be read here. Raises Stop."""
    from importlib.util import find_spec

    if find_spec("pyarrow") is None:
        raise Stop(NOT_POSSIBLE, "archives are Parquet files, which need the extra: pip install 'callboard[parquet]'")
