"""Any export into an open file: the same for the job and for the command."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Engine

from research.exports.kinds import open_table
from research.exports.names import BACKUP
from research.exports.snapshot import snapshot
from research.exports.write import Progress, Written, write_table
from research.files import FileStore


@dataclass(frozen=True)
class Order:
    """What is to be exported: a kind, a form, which rows; `table` names a dataset, `with_files` is for backups."""

    kind: str
    format: str = "json"
    filters: Mapping[str, Any] = field(default_factory=dict)
    table: str | None = None
    with_files: bool = False


@dataclass(frozen=True)
class Place:
    """Where it is written: an open file, a folder for what is put aside meanwhile, the store with files to back up."""

    target: BinaryIO
    folder: Path
    files: FileStore


def produce(engine: Engine, order: Order, place: Place, progress: Progress) -> Written:
    """Write what is ordered, as it is at one moment, in constant memory.

    `progress` is told (rows, of how many, step) and may raise to stop it. Raises ExportRefused, UnknownDataset,
    NoSpace.
    """
    from research.backup.write import write_backup

    with snapshot(engine) as connection:
        if order.kind == BACKUP:
            return write_backup(
                connection, place.target, place.folder, progress, place.files if order.with_files else None
            )
        table = open_table(connection, order.kind, order.filters, order.table)
        return write_table(table, order.format, place.target, place.folder, progress)
