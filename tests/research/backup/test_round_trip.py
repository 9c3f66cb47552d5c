"""A backup of one database restored into the other kind: every table of the platform, every type of column."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Engine, Float, Integer, LargeBinary, String, Table, insert, select, text
from sqlalchemy.types import JSON

from callboard.history.database import connect, writing
from research.backup.check import Backup, opened, verify
from research.backup.errors import BackupRefused, NotEmpty
from research.backup.lines import kept_tables, line_of
from research.backup.restore import filled, restore_files, restore_tables
from research.backup.write import write_backup
from research.column_types import UtcDateTime
from research.datasets.row import Row
from research.datasets.store import put_rows
from research.exports.models import ExportRow
from research.exports.snapshot import snapshot
from research.files import FileStore
from research.models import PaperRow, QuantityRow
from research.schema import RESEARCH

AT = datetime(2026, 11, 22, 5, 10, 7, 123456, tzinfo=UTC)
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture
def engines(tmp_path: Path, postgres_url: str) -> Iterator[dict[str, Engine]]:
    """An empty database of each kind."""
    urls = {"sqlite": f"sqlite:///{tmp_path / 'callboard.db'}", "postgresql": postgres_url}
    for url in urls.values():
        RESEARCH.upgrade(url)
    made = {name: connect(url) for name, url in urls.items()}
    yield made
    for engine in made.values():
        engine.dispose()


def value(column: Column[Any], number: int) -> Any:
    """A value that fits a column, another one for each row."""
    if column.foreign_keys:
        (key,) = column.foreign_keys
        return value(key.column, number)
    if isinstance(column.type, UtcDateTime):
        return AT + timedelta(hours=number)
    if isinstance(column.type, JSON):
        return {"µ": [number, None, "\n", 0.1, 2**60]}
    if isinstance(column.type, LargeBinary):
        return bytes(range(number, 256))
    if isinstance(column.type, Boolean):
        return number % 2 == 0
    if isinstance(column.type, Float):
        return [0.1 + 0.2, -1.5e-300, 7.0][number]
    if isinstance(column.type, Integer):
        return number + 1
    assert isinstance(column.type, String)
    return f"{number} '=\"\u2028 µ 😀 {column.name}"[: column.type.length]


def fill(engine: Engine) -> None:
    """Three rows in every table."""
    with engine.begin() as connection:
        for table in kept_tables():
            rows = [{column.name: value(column, number) for column in table.columns} for number in range(3)]
            connection.execute(insert(table), rows)


def contents(engine: Engine) -> Rows:
    """All rows of all tables."""
    with engine.connect() as connection:
        return {table.name: rows_of(connection, table) for table in kept_tables()}


def rows_of(connection: Any, table: Table) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key.columns)).mappings()]


def back_up(engine: Engine, path: Path, files: FileStore | None = None) -> Path:
    with path.open("wb") as target, snapshot(engine) as connection:
        write_backup(connection, target, path.parent, lambda *_: None, files)
    return path


def restore(engine: Engine, backup: Backup, *, replace: bool = False) -> int:
    with engine.begin() as connection:
        return restore_tables(connection, backup, replace=replace, progress=lambda *_: None)


# S2.33
@pytest.mark.parametrize(("origin", "target"), [("sqlite", "postgresql"), ("postgresql", "sqlite")])
def test_a_backup_of_one_kind_of_database_is_restored_into_the_other(
    engines: dict[str, Engine], tmp_path: Path, origin: str, target: str
) -> None:
    fill(engines[origin])
    with opened(back_up(engines[origin], tmp_path / "backup.zip")) as backup:
        verify(backup)
        assert backup.manifest.counts == {table.name: 3 for table in kept_tables()}
        assert restore(engines[target], backup) == 0
        assert contents(engines[target]) == contents(engines[origin])
        with pytest.raises(NotEmpty, match="the tables have rows already: "):
            restore(engines[target], backup)
        assert restore(engines[target], backup, replace=True) == 3 * len(kept_tables())
        assert contents(engines[target]) == contents(engines[origin])


def test_new_rows_are_numbered_behind_the_restored_ones(engines: dict[str, Engine], tmp_path: Path) -> None:
    with writing(engines["sqlite"]) as session:
        put_rows(session, "cells", [Row({"n": n}, source="s", line=n) for n in range(700)])
    with opened(back_up(engines["sqlite"], tmp_path / "backup.zip")) as backup:
        restore(engines["postgresql"], backup)
    with writing(engines["postgresql"]) as session:
        put_rows(session, "cells", [Row({"n": 700}, source="s", line=700)])
    with engines["postgresql"].connect() as connection:
        assert connection.scalar(text("SELECT max(id) FROM dataset_rows")) == 701


def test_no_value_stays_no_value_and_odd_numbers_stay_what_they_are(engines: dict[str, Engine], tmp_path: Path) -> None:
    odd: dict[str, Any] = {"value": math.inf, "max": -math.inf, "plus_minus": None, "comparator": None, "name": None}
    quantities, experiments = table_of("paper_quantities"), table_of("experiments")
    columns = [column for column in experiments.columns if not column.nullable]
    with writing(engines["postgresql"]) as session:
        session.add(PaperRow(id="p", file="f"))
        session.flush()
        session.add(QuantityRow(paper_id="p", position=0, unit="V", page=1, sentence="s", **odd))
        session.execute(insert(experiments).values({column.name: value(column, 0) for column in columns}))
    with opened(back_up(engines["postgresql"], tmp_path / "backup.zip")) as backup:
        restore(engines["sqlite"], backup)
    with engines["sqlite"].connect() as connection:
        (found,) = rows_of(connection, quantities)
        assert {name: found[name] for name in odd} == odd
        # As JSON `null` it would count as a value.
        assert connection.scalar(text("SELECT count(*) FROM experiments WHERE calculated IS NULL")) == 1


def table_of(name: str) -> Table:
    return next(table for table in kept_tables() if table.name == name)


def test_stored_files_are_restored_under_their_references(engines: dict[str, Engine], tmp_path: Path) -> None:
    store, other = FileStore(tmp_path / "files"), FileStore(tmp_path / "other")
    kept = [store.put(b"x" * 3_000_000, "../../etc/passwd"), store.put(b"", "empty")]
    made = store.put(b"a former export", "papers.csv")
    with writing(engines["sqlite"]) as session:
        values = {"kind": "papers", "format": "csv", "rows": 1, "name": "x", "size": 1, "sha256": ""}
        session.add(ExportRow(job="01J", file_reference=made.reference, links_until=AT, expires_at=AT, **values))
    with opened(back_up(engines["sqlite"], tmp_path / "backup.zip", store)) as backup:
        assert verify(backup) > 3_000_000
        assert restore_files(backup, other) == 2
        assert restore_files(backup, other) == 0
    assert sorted(other.references()) == sorted(stored.reference for stored in kept)
    assert [other.describe(stored.reference) for stored in kept] == kept
    assert kept[0].name == "passwd"


def test_a_backup_that_fails_in_the_middle_leaves_what_was_there(engines: dict[str, Engine], tmp_path: Path) -> None:
    fill(engines["sqlite"])
    before = contents(engines["sqlite"])
    with opened(back_up(engines["sqlite"], tmp_path / "backup.zip")) as backup:
        last = backup.manifest.tables[-1]
        broken = Backup(Failing(backup, last.member), backup.manifest)  # type: ignore[arg-type]
        with pytest.raises(BackupRefused, match="is no row of that table"):
            restore(engines["sqlite"], broken, replace=True)
    assert contents(engines["sqlite"]) == before


class Failing:
    """An archive of which one member holds nonsense."""

    def __init__(self, backup: Backup, member: str) -> None:
        self.backup = backup
        self.member = member

    def open(self, name: str) -> Any:
        return io.BytesIO(b'{"id": [\n') if name == self.member else self.backup.archive.open(name)


def test_an_older_backup_gets_the_defaults_of_columns_that_came_later(
    engines: dict[str, Engine], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(engines["sqlite"]) as session:
        put_rows(session, "cells", [Row({"n": 1}, source="s", line=1)])
    with opened(back_up(engines["sqlite"], tmp_path / "backup.zip")) as backup:
        older(backup, "datasets", "keys", monkeypatch)
        restore(engines["postgresql"], backup)
        with engines["postgresql"].connect() as connection:
            (dataset,) = rows_of(connection, table_of("datasets"))
            assert (dataset["keys"], dataset["columns"]) == ([], ["n"])
        older(backup, "dataset_rows", "key", monkeypatch)
        with pytest.raises(BackupRefused, match="too old: it has no column key of table dataset_rows"):
            restore(engines["postgresql"], backup, replace=True)
    assert filled_in(engines["postgresql"]) == {"datasets": 1, "dataset_rows": 1}


def filled_in(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return filled(connection)


def older(backup: Backup, table: str, column: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a table of an opened backup lack a column."""
    part = next(part for part in backup.manifest.tables if part.name == table)
    part.columns.remove(column)
    rows = [json.loads(line) for line in backup.lines(part)]
    lines = b"".join(line_of({name: row[name] for name in part.columns}, {}) for row in rows)
    whole = backup.archive.open
    monkeypatch.setattr(
        backup.archive, "open", lambda name, *mode: io.BytesIO(lines) if name == part.member else whole(name, *mode)
    )
