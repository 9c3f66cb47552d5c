"""Keeping house: what somebody may still need stays, dry runs change nothing, and what is removed is counted."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from actors import services
from actors.database_cleanup import (
    clean_temp_data,
    cleanup_queue,
    remove_orphaned_files,
)
from actors.paper_processing import extract_pdf
from callboard.history.database import writing
from callboard.jobs.errors import InvalidArguments
from callboard.testing.board import Board
from research.cache.tables import CacheEntryRow
from research.models import PaperRow


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


@pytest.mark.parametrize("actor", [remove_orphaned_files, clean_temp_data])
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
    _written(folder / "objects" / "pack")
    age(folder, 30)
    fresh = _written(services.temporary_folder() / "clone-2" / "pack")
    _cache("old", -1)
    _cache("new", +1)

    listed = board.run(clean_temp_data, dry_run=True)
    assert (listed["found"], listed["removed"], listed["expired_entries"]) == (3, 0, 1)
    assert part.exists()
    result = board.run(clean_temp_data)
    assert (result["removed"], result["expired_entries"]) == (3, 1)
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
def test_an_age_of_nothing_is_refused(board: Board, actor: object) -> None:
    with pytest.raises(InvalidArguments, match="older_than_hours"):
        actor.send(older_than_hours=0)  # type: ignore[attr-defined]


def _written(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half")
    return path


def _cache(key: str, hours: float) -> None:
    with writing(services.database()) as session:
        session.add(CacheEntryRow(key=key, expires_at=datetime.now(UTC) + timedelta(hours=hours), value="1"))
