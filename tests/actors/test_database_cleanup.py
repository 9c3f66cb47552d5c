"""Keeping house: what somebody may still need stays, dry runs change nothing, and what is removed is counted."""

from __future__ import annotations

import itertools
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from actors import services
from actors.database_cleanup import (
    ARCHIVABLE,
    archive_old_data,
    clean_temp_data,
    cleanup_queue,
    optimize_indexes,
    remove_orphaned_files,
)
from actors.paper_processing import extract_pdf
from callboard.history.database import reading, writing
from callboard.history.models import FailureRow, JobRow
from callboard.history.retention import forget_jobs
from callboard.jobs.errors import InvalidArguments, JobCancelled
from callboard.testing.board import Board
from callboard.worker.context import Context
from research.archive import manifest
from research.archive.restoring import rows_of
from research.archive.sources import SOURCES
from research.cache.tables import CacheEntryRow
from research.errors import UnknownFile
from research.exports.models import ExportRow
from research.models import PaperRow
from tests.platform_worker import Platform
from tests.research.archive.conftest import fill, ids, job_row


def age(path: Path, hours: float) -> Path:
    """Make a file or folder look as if it was written so many hours ago."""
    then = time.time() - hours * 3600
    os.utime(path, (then, then))
    return path


def stored(name: str, hours: float) -> str:
    """The reference of a file that was stored so many hours ago."""
    store = services.files()
    reference = store.put(b"x" * 100, name).reference
    age(store.path(reference), hours)
    return reference


def name_in_table(reference: str) -> None:
    with writing(services.database()) as session:
        session.add(PaperRow(id="p1", file="a.pdf", file_reference=reference))


@pytest.mark.parametrize("actor", [remove_orphaned_files, clean_temp_data, archive_old_data, optimize_indexes])
def test_the_queue_and_the_policy_are_those_of_the_design(actor: object) -> None:
    policy = actor.policy  # type: ignore[attr-defined]
    assert (cleanup_queue.name, cleanup_queue.concurrency) == ("database-cleanup", 1)
    assert (policy.retry.attempts, policy.timeout, policy.priority) == (3, 1800, 4)


# S2.35
def test_only_old_files_that_nothing_names_are_removed(board: Board) -> None:
    orphan, young = stored("orphan.pdf", 30), stored("young.pdf", 1)
    of_paper, of_job = stored("paper.pdf", 30), stored("waiting.pdf", 30)
    name_in_table(of_paper)
    extract_pdf.send_with_options(kwargs={"paper_id": "p2", "file": of_job}, delay=3_600_000)
    result = board.run(remove_orphaned_files)
    assert [one["reference"] for one in result["shown"]] == [orphan]
    assert (result["files"], result["needed"], result["removed"], result["bytes"]) == (3, 2, 1, 100)
    assert set(services.files().references()) == {young, of_paper, of_job}


def test_jobs_of_the_history_keep_their_files_while_they_may_be_run_again(board: Board) -> None:
    late, early, running, told = (stored(f"{n}.csv", 300) for n in range(4))
    rows = [
        job_row(1, 3, result=f'{{"file":"{late}"}}'),
        job_row(2, 10, kwargs=f'{{"file":"{early}"}}'),
        job_row(3, 10, kwargs=f'{{"deep":[{{"file":"{running}"}}]}}', state="blocked", finished_ms=None),
    ]
    fill(services.database(), rows)
    with writing(services.database()) as session:
        session.execute(update(FailureRow).values(message=f"no file is stored under {told}"))
    result = board.run(remove_orphaned_files)
    assert {one["reference"] for one in result["shown"]} == {early, told}
    assert set(services.files().references()) == {late, running}


# S2.41
def test_a_cancelled_archiving_loses_nothing_and_is_finished_by_the_next(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, steps, progress = services.database(), itertools.count(1), Context.progress
    fill(engine, [job_row(n, 90) for n in range(1, 601)])

    def cancelled(self: Context, *given: Any) -> None:
        self.attempt.cancelled = next(steps) == 11  # the first rows are deleted by then
        progress(self, *given)

    with monkeypatch.context() as patch:
        patch.setattr(Context, "progress", cancelled)
        with pytest.raises(JobCancelled):
            board.run(archive_old_data)
    assert len(ids(engine)) == 100
    result = board.run(archive_old_data)
    assert (result["due"], result["rows"], len(ids(engine))) == ({"jobs": 100}, 600, 0)


def test_a_dry_run_lists_all_orphans_and_removes_none(board: Board) -> None:
    old = {stored(f"{n}.pdf", 30) for n in range(60)}
    result = board.run(remove_orphaned_files, dry_run=True)
    assert (result["found"], result["removed"], len(result["shown"])) == (60, 0, 50)
    lines = services.files().path(result["list_file"]).read_text().splitlines()
    assert {reference for line in lines for reference in old if reference in line} == old
    assert set(services.files().references()) == old | {result["list_file"]}


# S2.35
def test_what_interrupted_work_has_left_is_removed(board: Board) -> None:
    home, store = services.settings().home, services.files()
    whole = store.path(stored("whole.pdf", 30))
    part = age(_written(whole.parent / ("a" * 32 + ".part")), 30)
    description = age(_written(whole.parent / ("b" * 32 + ".json")), 30)
    folder = services.temporary_folder() / "clone-1"
    age(_written(folder / "objects" / "pack"), 30)
    age(folder / "objects", 30)
    age(folder, 30)
    fresh = _written(services.temporary_folder() / "exports" / "job" / "rows.csv")
    age(fresh.parent, 30)
    _cache("old", -1)
    _cache("new", +1)
    over, _ = _export("old", -1), _export("new", +1)

    listed = board.run(clean_temp_data, dry_run=True)
    assert (listed["found"], listed["removed"], listed["expired"]) == (3, 0, {"cache_entries": 1, "exports": 1})
    assert part.exists()
    result = board.run(clean_temp_data)
    assert (result["removed"], result["expired"]) == (3, {"cache_entries": 1, "exports": 1})
    with pytest.raises(UnknownFile):
        store.path(over)
    assert {one["path"] for one in result["shown"]} == {
        str(path.relative_to(home)) for path in (part, description, folder)
    }
    assert [path.exists() for path in (part, description, folder, whole, fresh)] == [False, False, False, True, True]
    assert board.run(clean_temp_data)["found"] == 0


def test_a_link_is_removed_and_not_what_it_leads_to(board: Board, tmp_path: Path) -> None:
    outside = _written(tmp_path / "outside" / "kept.txt")
    link = services.temporary_folder() / "link"
    link.symlink_to(outside.parent)
    then = time.time() - 30 * 3600
    os.utime(link, (then, then), follow_symlinks=False)
    assert board.run(clean_temp_data)["removed"] == 1
    assert outside.exists()
    assert not link.is_symlink()


@pytest.mark.parametrize("actor", [remove_orphaned_files, clean_temp_data])
def test_an_age_of_nothing_is_refused(actor: object) -> None:
    with pytest.raises(InvalidArguments, match="older_than_hours"):
        actor.call(older_than_hours=0)  # type: ignore[attr-defined]


def _written(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half")
    return path


def _cache(key: str, hours: float) -> None:
    with writing(services.database()) as session:
        session.add(CacheEntryRow(key=key, expires_at=datetime.now(UTC) + timedelta(hours=hours), value="1"))


# S2.35
def test_old_jobs_go_to_cold_storage_and_a_dry_run_only_counts_them(board: Board) -> None:
    engine = services.database()
    fill(engine, [job_row(n, 90) for n in range(1, 31)])
    listed = board.run(archive_old_data, older_than_days=60, dry_run=True)
    assert (listed["due"], listed["archived"], len(ids(engine))) == ({"jobs": 30}, 0, 30)
    result = board.run(archive_old_data, older_than_days=60, tables=["jobs", "mails"])
    assert (result["rows"], result["due"], ids(engine)) == (30, {"jobs": 30, "mails": 0}, set())
    with reading(engine) as session:
        archive = manifest.archive(session, result["archives"][0]["id"])
    assert len(list(rows_of(services.files(), archive))) == 30


def test_an_archive_is_no_orphan(board: Board) -> None:
    fill(services.database(), [job_row(n, 90) for n in range(1, 4)])
    board.run(archive_old_data)
    references = set(services.files().references())
    for reference in references:
        age(services.files().path(reference), 30)
    assert board.run(remove_orphaned_files)["needed"] == len(references) == 4


def test_all_that_can_be_archived_is_offered() -> None:
    assert tuple(SOURCES) == ARCHIVABLE


# S2.35
def test_a_vacuum_gives_space_back_and_a_dry_run_only_lists_the_steps(board: Board) -> None:
    engine = services.database()
    fill(engine, [job_row(n, 90, kwargs="x" * 20_000) for n in range(1, 101)])
    with writing(engine) as session:
        forget_jobs(session.connection(), select(JobRow.id))
    listed = board.run(optimize_indexes, vacuum=True, dry_run=True)
    assert listed["before"]["unused"] > 1_000_000
    assert listed["after"] is None
    assert "VACUUM" in [step["statement"] for step in listed["shown"]]
    result = board.run(optimize_indexes, vacuum=True)
    assert result["after"]["database"] < result["before"]["database"] - 1_000_000
    assert result["after"]["unused"] == 0
    assert all(step["seconds"] is not None for step in result["shown"])


def test_statistics_and_the_search_index_are_brought_up_to_date(board: Board) -> None:
    engine = services.database()
    for start in range(0, 200, 20):  # each batch leaves a segment of its own
        fill(engine, [job_row(n, 90) for n in range(start, start + 20)])
    board.run(optimize_indexes)
    with engine.connect() as connection:
        analysed = connection.exec_driver_sql("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'background_jobs'")
        assert analysed.scalar_one() > 5


# S2.35
def test_a_real_worker_cleans_up_archives_and_optimises(platform: Platform) -> None:
    orphan = platform.files.put(b"%PDF-1.7", "orphan.pdf").reference
    age(platform.files.path(orphan), 30)
    part = age(_written(platform.settings.home / "mail" / "half.part"), 30)
    fill(platform.engine, [job_row(n, 90) for n in range(1_000_001, 1_000_101)])

    removed = platform.run(remove_orphaned_files)
    assert orphan in [one["reference"] for one in removed.result["shown"]]
    cleaned = platform.run(clean_temp_data)
    assert not part.exists()
    archived = platform.run(archive_old_data, older_than_days=60)
    assert (archived.result["rows"], archived.result["due"]) == (100, {"jobs": 100})
    optimised = platform.run(optimize_indexes)
    for job in (removed, cleaned, archived, optimised):
        assert (job.state, job.attempt) == ("completed", 1)
    with reading(platform.engine) as session:
        archive = manifest.archive(session, archived.result["archives"][0]["id"])
    assert [row["number"] for row in rows_of(platform.files, archive)] == list(range(1_000_001, 1_000_101))


@pytest.mark.parametrize(
    ("actor", "given", "words"),
    [
        (remove_orphaned_files, {"older_than_hours": "soon"}, "older_than_hours"),
        (clean_temp_data, {"dry_run": "perhaps"}, "dry_run"),
        (archive_old_data, {"tables": ["papers"]}, "jobs, deliveries, mails, reports, notices, audit"),
        (optimize_indexes, {"tables": ["jobs"]}, "tables"),
    ],
)
def test_bad_arguments_fail_for_good_after_one_attempt(
    platform: Platform, actor: Any, given: dict[str, Any], words: str
) -> None:
    job = platform.ended(platform.client.enqueue(actor.call().named(kwargs=given)))
    failure = platform.failure(job)
    assert (job.state, job.attempt, failure["class"]) == ("failed", 1, "invalid")
    assert words in failure["message"]


def _export(job: str, hours: float) -> str:
    """The file of an export whose time is over in so many hours."""
    stored, now = services.files().put(b"n\n1\n", "cells.csv"), datetime.now(UTC)
    until = now + timedelta(hours=hours)
    about = {"kind": "dataset", "format": "csv", "name": stored.name, "size": stored.size, "sha256": stored.sha256}
    times = {"created_at": now, "links_until": until, "expires_at": until}
    with writing(services.database()) as session:
        session.add(ExportRow(job=job, file_reference=stored.reference, rows=1, cut_cells=0, **about, **times))
    return stored.reference
