"""export and restore: straight into a file or a pipe, and back again."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import pytest

from callboard.history.audit import audit_lines
from callboard.history.database import writing
from callboard.jobs.settings import load_settings
from cli import server
from research.datasets.row import Row
from research.datasets.store import count, put_rows, remove_dataset
from research.files import FileStore
from research.schema import upgrade
from tests.cli.conftest import Command


@pytest.fixture(autouse=True)
def cells(callboard: Command) -> None:
    """The platform's tables, with a dataset of ten rows."""
    upgrade(load_settings().sql_url)
    rows = [Row({"n": n, "name": f"=cell{n}"}, source="s", line=n) for n in range(10)]
    with writing(server.database()) as session:
        put_rows(session, "cells", rows)


# S2.33
def test_a_dataset_goes_into_a_file_of_the_form_that_its_name_says(callboard: Command, tmp_path: Path) -> None:
    target = tmp_path / "cells.csv"
    answer = callboard("export", "dataset", "--table", "cells", "--where", "n=3..5", "-o", str(target), "--json")
    assert (answer.code, answer.json()["rows"], answer.json()["format"]) == (0, 3, "csv")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cells.csv", "home"]
    with target.open(newline="") as lines:
        assert list(csv.reader(lines)) == [["n", "name"], ["3", "'=cell3"], ["4", "'=cell4"], ["5", "'=cell5"]]


def test_without_a_file_the_rows_go_to_standard_output(callboard: Command) -> None:
    answer = callboard("export", "dataset", "--table", "cells", "--where", "n=3,7")
    assert (answer.code, answer.err) == (0, "")
    assert [row["n"] for row in answer.json()] == [3, 7]
    lines = callboard("export", "dataset", "--table", "cells", "--ndjson").out.splitlines()
    assert [json.loads(line)["n"] for line in lines] == list(range(10))


REFUSED: list[tuple[tuple[str, ...], int, str]] = [
    (("everything",), 2, "is not one of"),
    (("dataset",), 2, "--table names the dataset"),
    (("dataset", "--table", "nothing"), 3, "table nothing is unknown; there are cells"),
    (("papers", "--where", "colour=red"), 2, "filter 'colour' is unknown"),
    (("papers", "--where", "colour"), 2, "a filter is COLUMN=VALUE"),
    (("full_backup", "--format", "csv"), 2, "JSON lines in a zip file"),
    (("papers", "--files"), 2, "--files go with a full_backup only"),
]


def test_what_cannot_be_exported_is_said(callboard: Command) -> None:
    for words, code, said in REFUSED:
        answer = callboard("export", *words)
        assert (answer.code, said in answer.err, answer.out) == (code, True, ""), words


# S2.33
def test_a_backup_is_restored_with_its_files(callboard: Command, tmp_path: Path) -> None:
    store, backup = FileStore(load_settings().files_folder), tmp_path / "backup.zip"
    kept = store.put(b"kept", "kept.txt")
    assert callboard("export", "full_backup", "--files", "-o", str(backup)).code == 0
    store.delete(kept.reference)
    refused = callboard("restore", str(backup))
    assert (refused.code, "the tables have rows already: datasets (1), dataset_rows (10)" in refused.err) == (4, True)
    with writing(server.database()) as session:
        remove_dataset(session, "cells")
    answer = callboard("restore", str(backup), "--json")
    assert (answer.code, answer.json()["tables"]) == (0, {"datasets": 1, "dataset_rows": 10})
    assert (count(server.database(), "cells"), store.path(kept.reference).read_bytes()) == (10, b"kept")
    (line,) = audit_lines(server.database(), verb="restore")
    assert (line.subject, line.count) == ("backup.zip", 11)


def test_rows_that_are_there_are_replaced_only_when_that_is_said(callboard: Command, tmp_path: Path) -> None:
    backup = tmp_path / "backup.zip"
    callboard("export", "full_backup", "-o", str(backup))
    with writing(server.database()) as session:
        put_rows(session, "cells", [Row({"n": 11}, source="s", line=11)])
    tried = callboard("restore", str(backup), "--replace", "--dry-run", "--json").json()
    assert (tried["removed"], tried["rows"], tried["restored"]) == (12, 11, False)
    asked = callboard("restore", str(backup), "--replace")
    assert (asked.code, "needs --yes" in asked.err, count(server.database(), "cells")) == (2, True, 11)
    assert callboard("restore", str(backup), "--replace", "--yes").code == 0
    assert count(server.database(), "cells") == 10


def test_a_damaged_backup_changes_nothing(callboard: Command, tmp_path: Path) -> None:
    whole, damaged = tmp_path / "backup.zip", tmp_path / "damaged.zip"
    callboard("export", "full_backup", "-o", str(whole))
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(damaged, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"cell3", b"cellX"))
    answer = callboard("restore", str(damaged), "--replace", "--yes")
    assert (answer.code, "tables/dataset_rows.jsonl is damaged" in answer.err) == (1, True)
    assert count(server.database(), "cells") == 10
