"""Restoring a backup: all tables in one transaction, so that a failure leaves what was there before."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from sqlalchemy import Column, Connection, Integer, Table, cast, column, delete, func, insert, select
from sqlalchemy import table as clause
from sqlalchemy.dialects.postgresql import JSONB, REGCLASS
from sqlalchemy.types import JSON, TypeEngine

from research.backup.check import Backup
from research.backup.errors import BackupRefused, NotEmpty
from research.backup.lines import decoders, kept_tables, row_of
from research.backup.manifest import Part
from research.errors import UnknownFile
from research.files import FileStore

BATCH: Final = 500
Progress = Callable[[int, int, str], None]
# None is no value, and not the JSON `null`, wherever a column may have no value.
NULLABLE_JSON: Final = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def filled(connection: Connection) -> dict[str, int]:
    """The rows of each table that has some."""
    counts = {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in kept_tables()}
    return {name: rows for name, rows in counts.items() if rows}


def restore_tables(connection: Connection, backup: Backup, *, replace: bool, progress: Progress) -> int:
    """Restore all tables in the caller's transaction; returns how many rows were removed for it.

    Raises NotEmpty where there are rows and they are not to be replaced, BackupRefused for a row that does not fit.
    """
    before = filled(connection)
    if before and not replace:
        named = ", ".join(f"{name} ({rows:,})" for name, rows in list(before.items())[:5])
        raise NotEmpty(f"the tables have rows already: {named}; restore into an empty database, or use --replace")
    tables = kept_tables()
    for table in reversed(tables):
        connection.execute(delete(table))
    parts = {part.name: part for part in backup.manifest.tables}
    done = 0
    for table in tables:
        if table.name in parts:
            for rows in _batches(backup, parts[table.name], table):
                connection.execute(insert(_plain(table, rows[0])), rows)
                done += len(rows)
                progress(done, backup.manifest.rows, table.name)
            _count_on(connection, table)
    return sum(before.values())


def restore_files(backup: Backup, store: FileStore) -> int:
    """Put the stored files back under their references; those that are there already stay. Returns how many.

    Raises BackupRefused.
    """
    restored = 0
    for stored in backup.files():
        try:
            store.path(stored.reference)
        except UnknownFile:
            with backup.file(stored) as content:
                store.put_back(stored, content)  # type: ignore[arg-type]  # read, which is all it needs
            restored += 1
    return restored


def _batches(backup: Backup, part: Part, table: Table) -> Iterator[list[dict[str, Any]]]:
    """The rows of a part, so many at a time."""
    decode = decoders(table.columns[name] for name in part.columns)
    missing = {name: _default(table.columns[name]) for name in set(table.columns.keys()) - set(part.columns)}
    lines = enumerate(backup.lines(part), start=1)
    while batch := list(islice(lines, BATCH)):
        rows = [row_of(line, decode, f"line {number} of {part.member}") for number, line in batch]
        if strange := next((row for row in rows if row.keys() != set(part.columns)), None):
            raise BackupRefused(
                f"a row of {part.member} has the columns {', '.join(strange)[:200]}, not those it should"
            )
        yield [row | missing for row in rows]


def _default(column: Column[Any]) -> Any:
    """The value of a column that was added after the backup was made. Raises BackupRefused."""
    default: Any = column.default
    if default is not None and (default.is_scalar or default.is_callable):
        return default.arg if default.is_scalar else default.arg(None)
    if column.nullable:
        return None
    raise BackupRefused(f"the backup is too old: it has no column {column.name} of table {column.table.name}")


def _plain(table: Table, row: dict[str, Any]) -> Any:
    """The table for statements that say every value themselves."""
    return clause(table.name, *(column(name, _bound(table.columns[name])) for name in row))


def _bound(column: Column[Any]) -> TypeEngine[Any]:
    return NULLABLE_JSON if column.nullable and isinstance(column.type, JSON) else column.type


def _count_on(connection: Connection, table: Table) -> None:
    """Let new rows be numbered behind the restored ones; SQLite does so by itself."""
    key = list(table.primary_key.columns)
    if connection.dialect.name != "postgresql" or len(key) != 1 or not isinstance(key[0].type, Integer):
        return
    name = connection.dialect.identifier_preparer.quote(table.name)
    sequence = func.pg_get_serial_sequence(name, key[0].name)
    highest = select(func.max(key[0])).scalar_subquery()
    connection.execute(select(func.setval(cast(sequence, REGCLASS), highest)))
