"""archive: what lies in cold storage, read from it and put back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import func, select

from callboard.history.database import reading
from callboard.history.models import JobRow
from callboard.jobs.settings import load_settings
from cli import server
from research.archive.archiving import ColdStorage, archive_source
from research.archive.sources import SOURCES
from research.files import FileStore
from research.schema import upgrade
from tests.cli.conftest import Command
from tests.research.archive.conftest import BEFORE, fill, job_row


@pytest.fixture(autouse=True)
def archived(callboard: Command, tmp_path: Path) -> ColdStorage:
    """Twenty old jobs in an archive."""
    upgrade(load_settings().sql_url)
    fill(server.database(), [job_row(n, 90) for n in range(1, 21)])
    cold = ColdStorage(server.database(), FileStore(load_settings().files_folder), tmp_path)
    assert [archive.rows for archive in archive_source(cold, SOURCES["jobs"], BEFORE, lambda done, step: None)] == [20]
    return cold


# S2.35
def test_an_archive_is_listed_shown_read_and_put_back(callboard: Command) -> None:
    (listed,) = callboard("archive", "--json").json()["archives"]
    assert (listed["id"], listed["state"], listed["rows"]) == ("jobs-000001", "deleted", 20)
    shown = callboard("archive", "show", "jobs-000001", "--json").json()
    assert [file["rows"] for file in shown["files"]] == [20, 20, 20, 40]
    rows = [json.loads(line) for line in callboard("archive", "read", "jobs-000001", "--limit", "3").out.splitlines()]
    assert [row["id"] for row in rows] == ["job-00001", "job-00002", "job-00003"]
    told = callboard("archive", "read", "jobs-000001", "--table", "job_failures", "--json").json()["rows"]
    assert {row["message"] for row in told} == {"the disk is on fire"}

    assert callboard("archive", "restore", "jobs-000001", "--json").json() == {"archive": "jobs-000001", "rows": 20}
    with reading(server.database()) as session:
        assert session.scalar(select(func.count()).select_from(JobRow)) == 20


def test_a_file_that_was_moved_elsewhere_is_read_by_its_path(callboard: Command, tmp_path: Path) -> None:
    path = Path(callboard("archive", "show", "jobs-000001", "--json").json()["files"][0]["path"])
    elsewhere = path.rename(tmp_path / "jobs.parquet")
    assert len(callboard("archive", "read", str(elsewhere)).out.splitlines()) == 20


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("show", "jobs-000009"), "archive jobs-000009 is unknown"),
        (("read", "jobs-000001", "--table", "papers"), "its tables are background_jobs, job_attempts"),
    ],
)
def test_what_is_not_there_is_said(callboard: Command, words: tuple[str, ...], said: str) -> None:
    answer = callboard("archive", *words)
    assert (answer.code, said in answer.err) == (3, True)


def test_a_file_that_is_no_archive_is_told_so(callboard: Command, tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_text("no")
    answer = callboard("archive", "read", str(tmp_path / "x.parquet"))
    assert (answer.code, "expected a Parquet file, got x.parquet" in answer.err) == (3, True)
