"""`callboard export`: what the platform knows, straight into a file or a pipe."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

import click

from cli.output import Out
from cli.words import word
from research.exports.names import BACKUP, FORMATS, KINDS, ending, table_fits

if TYPE_CHECKING:
    from research.exports.produce import Order
    from research.exports.write import Written

EXAMPLES = """
callboard export papers -o papers.xlsx
callboard export parameters --where unit=V --where year=2020..2024 --format csv | head
callboard export dataset --table cells -o cells.csv
callboard export full_backup --files -o backup.zip
"""
ENDINGS: Final = {ending: form for form, ending in FORMATS.items()}


@word("export", EXAMPLES)
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--format", "form", type=click.Choice(list(FORMATS)), help="Form; else by the name of the file, or json.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file.")
@click.option("--where", metavar="COLUMN=VALUE", multiple=True, help="Rows with a value, VALUE,VALUE or FROM..TO.")
@click.option("--table", metavar="NAME", help="Name of the dataset; `readings` of experiments.")
@click.option("--files", is_flag=True, help="With the stored files, in a full_backup.")
@click.pass_obj
def export_command(
    out: Out,
    kind: str,
    *,
    form: str | None,
    output: Path | None,
    where: tuple[str, ...],
    table: str | None,
    files: bool,
) -> None:
    """Export papers, experiments, parameters, a dataset or everything, without a worker. `data_export` is the job."""
    from research.exports.filters import parse_where
    from research.exports.produce import Order

    guessed = ENDINGS.get(output.suffix.lower()) if output else None
    form = form or guessed or ("ndjson" if out.ndjson and output is None else "json")
    check(kind, form, table, files=files, where=bool(where), output=output)
    order = Order(kind, form, parse_where(where), table, files)
    if output is None:
        to_pipe(order)
        return
    written = to_file(order, output)
    about = {"file": str(output), "kind": kind, "format": form, "rows": written.rows, "bytes": output.stat().st_size}
    out.page(about | {"cut_cells": written.cut_cells}, lambda: out.say(f"{written.rows:,} rows written to {output}"))
    if written.cut_cells and not out.machine:
        out.warn(f"{written.cut_cells:,} cells were too long for Excel and were cut; JSON and CSV have all of them")


def check(kind: str, form: str, table: str | None, *, files: bool, where: bool, output: Path | None) -> None:
    """Refuse flags that do not go together. Raises UsageError."""
    if not table_fits(kind, table):
        raise click.UsageError("--table names the dataset, or `readings` of experiments, and nothing elsewhere")
    if kind == BACKUP and (where or form != "json"):
        raise click.UsageError("a full_backup has all rows, as JSON lines in a zip file: no --where, no --format")
    if files and kind != BACKUP:
        raise click.UsageError("--files go with a full_backup only")
    if output is None and ending(kind, form) in (".zip", ".xlsx") and sys.stdout.isatty():
        raise click.UsageError("this is no text for a terminal: name a file with -o")


def to_pipe(order: Order) -> None:
    """Write it to standard output as it is made."""
    with tempfile.TemporaryDirectory(prefix="callboard-") as folder:
        write(order, sys.stdout.buffer, Path(folder))
        sys.stdout.buffer.flush()


def to_file(order: Order, output: Path) -> Written:
    """Write it to a file, which is there when it is complete, and not before."""
    with tempfile.TemporaryDirectory(prefix=".callboard-", dir=output.parent) as folder:
        path = Path(folder) / "export"
        with path.open("wb") as target:
            written = write(order, target, Path(folder))
        path.replace(output)
    return written


def write(order: Order, target: BinaryIO, folder: Path) -> Written:
    """The export itself, the same that the job makes."""
    from cli.server import database, settings
    from research.exports.produce import Place, produce
    from research.files import FileStore
    from research.schema import RESEARCH

    RESEARCH.require_current(database())
    place = Place(target, folder, FileStore(settings().files_folder))
    return produce(database(), order, place, lambda *_: None)
