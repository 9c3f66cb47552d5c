"""What is no backup, was changed, or means harm: refused before anything of it is used."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine

from callboard.history.database import connect, writing
from research.backup.check import opened, verify
from research.backup.errors import BackupRefused
from research.backup.write import write_backup
from research.datasets.row import Row
from research.datasets.store import put_rows
from research.exports.errors import NoSpace
from research.exports.snapshot import snapshot
from research.files import FileStore
from research.schema import RESEARCH
from tests.research.exports.test_shelf import small_disk

Members = dict[str, bytes]
ROWS = "tables/dataset_rows.jsonl"
EVIL = "tables/../../evil.jsonl"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path_factory.mktemp('backup') / 'callboard.db'}"
    RESEARCH.upgrade(url)
    engine = connect(url)
    with writing(engine) as session:
        put_rows(session, "cells", [Row({"n": n, "text": f"text {n}"}, source="s", line=n) for n in range(3_000)])
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def members(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Members:
    """The members of a backup with a stored file."""
    folder = tmp_path_factory.mktemp("members")
    store = FileStore(folder / "files")
    store.put(b"content", "a.txt")
    with (folder / "backup.zip").open("wb") as target, snapshot(engine) as connection:
        write_backup(connection, target, folder, lambda *_: None, store)
    with zipfile.ZipFile(folder / "backup.zip") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: Members, path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def manifest(members: Members, change: Callable[[dict[str, Any]], None]) -> Members:
    """The members with another manifest."""
    values = json.loads(members["manifest.json"])
    change(values)
    return members | {"manifest.json": json.dumps(values).encode()}


def file_member(members: Members) -> str:
    return next(name for name in members if name.startswith("files/") and name != "files/index.jsonl")


def test_what_was_not_changed_is_accepted(members: Members, tmp_path: Path) -> None:
    with opened(packed(members, tmp_path / "b.zip")) as backup:
        assert verify(backup) > 100_000


def set_schema(values: dict[str, Any]) -> None:
    values["schema"] = "9999"


def without_files(values: dict[str, Any]) -> None:
    values["files"] = None


def unknown_table(values: dict[str, Any]) -> None:
    values["tables"].append({"name": "../../evil", "rows": 0, "bytes": 0, "sha256": "", "columns": []})


def unknown_column(values: dict[str, Any]) -> None:
    values["tables"][0]["columns"].append("evil; DROP TABLE papers")


CHANGES: list[tuple[str, Callable[[Members], Members]]] = [
    ("has no manifest.json", lambda m: {name: text for name, text in m.items() if name != "manifest.json"}),
    ("has no manifest.json, or one that is far too large", lambda m: m | {"manifest.json": b" " * 1_000_001}),
    ("manifest of the backup cannot be read", lambda m: m | {"manifest.json": b'{"format": 7}'}),
    ("manifest of the backup cannot be read", lambda m: m | {"manifest.json": b"[" * 100_000}),
    ('the format "callboard-backup" was expected', lambda m: manifest(m, lambda v: v.update(format="zip"))),
    ("version 9999, this release knows them up to", lambda m: manifest(m, set_schema)),
    ("lacks tables/dataset_rows.jsonl", lambda m: {name: text for name, text in m.items() if name != ROWS}),
    ("a member '../../etc/passwd' that its manifest does not name", lambda m: m | {"../../etc/passwd": b"x"}),
    ("a member '/abs' that its manifest", lambda m: m | {"/abs": b"x"}),
    ("a member 'files/", lambda m: manifest(m, without_files)),
    ("lacks tables/../../evil.jsonl", lambda m: manifest(m, unknown_table)),
    (
        "has a table '../../evil' that this release",
        lambda m: manifest(m, unknown_table) | {"tables/../../evil.jsonl": b""},
    ),
    ("has a column 'evil; DROP TABLE papers' unknown here", lambda m: manifest(m, unknown_column)),
    ("should have", lambda m: m | {ROWS: m[ROWS] + b"{}\n"}),
    ("tables/dataset_rows.jsonl is damaged", lambda m: m | {ROWS: m[ROWS].replace(b"text 7", b"text X")}),
    ("is damaged", lambda m: m | {file_member(m): b"CONTENT"}),
    ("has none of that name", lambda m: {name: text for name, text in m.items() if name != file_member(m)}),
]


@pytest.mark.parametrize(("said", "change"), CHANGES)
def test_a_backup_that_was_changed_is_refused(
    members: Members, tmp_path: Path, said: str, change: Callable[[Members], Members]
) -> None:
    path = packed(change(members), tmp_path / "b.zip")
    with pytest.raises(BackupRefused) as caught, opened(path) as backup:
        verify(backup)
    assert said in str(caught.value)


def test_a_file_that_is_no_zip_is_no_backup(tmp_path: Path) -> None:
    for number, content in enumerate((b"", b"PK\x03\x04 and nothing more", b"x" * 10_000)):
        path = tmp_path / f"{number}.zip"
        path.write_bytes(content)
        with pytest.raises(BackupRefused, match="is no backup, or is damaged"), opened(path):
            pass


def test_every_cut_of_a_backup_is_refused(members: Members, tmp_path: Path) -> None:
    whole = packed(members, tmp_path / "b.zip").read_bytes()
    for share in (0.1, 0.5, 0.9, 0.999):
        path = tmp_path / "cut.zip"
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(BackupRefused), opened(path) as backup:
            verify(backup)


def test_whatever_bytes_of_a_backup_are_changed_it_is_refused_or_read_as_it_was(
    members: Members, tmp_path: Path
) -> None:
    path = packed(members, tmp_path / "b.zip")
    whole, random = path.read_bytes(), Random(7)
    refused = 0
    for _ in range(150):
        place = random.randrange(len(whole))
        path.write_bytes(whole[:place] + bytes([random.randrange(256)]) + whole[place + 1 :])
        try:
            with opened(path) as backup:
                verify(backup)
        except BackupRefused:
            refused += 1
    assert refused > 75


@pytest.mark.parametrize("name", ["manifest.json", ROWS])
def test_a_member_with_a_password_is_refused(members: Members, tmp_path: Path, name: str) -> None:
    path = packed(members, tmp_path / "b.zip")
    whole = bytearray(path.read_bytes())
    whole[whole.rindex(name.encode()) - 46 + 8] |= 1  # the flags of its entry in the list at the end
    path.write_bytes(whole)
    with pytest.raises(BackupRefused, match="is packed as no backup is"), opened(path):
        pass


# X6
def test_a_bomb_is_refused_before_it_is_unpacked(members: Members, tmp_path: Path) -> None:
    size = 150_000_000

    def grow(values: dict[str, Any]) -> None:
        (part,) = [part for part in values["tables"] if part["name"] == "dataset_rows"]
        part["bytes"] = size

    path = packed(manifest(members, grow) | {ROWS: b"\n" * size}, tmp_path / "b.zip")
    assert path.stat().st_size < 500_000
    with pytest.raises(BackupRefused, match="that is a bomb, and no backup"), opened(path):
        pass


def test_a_line_without_end_is_not_taken_into_memory(
    members: Members, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("research.backup.check.LINE_BYTES", 10_000)
    endless = b"x" * len(members[ROWS])
    with (
        pytest.raises(BackupRefused, match="has a line of over 10,000 bytes"),
        opened(packed(members | {ROWS: endless}, tmp_path / "b.zip")) as backup,
    ):
        verify(backup)


# D5
def test_a_full_disk_is_named(engine: Engine, tmp_path: Path) -> None:
    with (
        (tmp_path / "b.zip").open("wb") as target,
        snapshot(engine) as connection,
        small_disk(10_000),
        pytest.raises(NoSpace, match="no room for the export"),
    ):
        write_backup(connection, target, tmp_path, lambda *_: None)
