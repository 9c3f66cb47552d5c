"""An export is there whole, or not at all: full disks, kills, attempts that lost their lease."""

from __future__ import annotations

import errno
import gc
import io
import resource
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from callboard.history.database import connect
from callboard.jobs.errors import classify
from research.exports.errors import NoSpace
from research.exports.shelf import Label, Shelf, find, make, sweep, workshop
from research.exports.table import Table
from research.exports.write import Written, write_table
from research.files import FileStore
from research.schema import RESEARCH

AT = datetime(2026, 11, 22, tzinfo=UTC)
LABEL = Label("01J", "papers", "csv", "papers.csv", AT + timedelta(days=1), AT + timedelta(days=7))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path / 'callboard.db'}"
    RESEARCH.upgrade(url)
    engine = connect(url)
    yield engine
    engine.dispose()


@pytest.fixture
def shelf(tmp_path: Path, engine: Engine) -> Shelf:
    return Shelf(engine, FileStore(tmp_path / "files"), tmp_path / "tmp")


def rows(count: int) -> Table:
    return Table("cells", ("n", "text"), count, ([n, "x" * 80] for n in range(count)))


def writer(form: str, count: int) -> Callable[[Path], Written]:
    def write(path: Path) -> Written:
        with path.open("wb") as target:
            return write_table(rows(count), form, target, path.parent, lambda *_: None)

    return write


def left(shelf: Shelf) -> list[Path]:
    """All files in the store and beside it."""
    roots = (shelf.files.root, shelf.temporary)
    return [path for root in roots for path in root.rglob("*") if path.is_file()]


@contextmanager
def small_disk(size: int) -> Iterator[None]:
    """No file may grow beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_finished_export_is_found_by_its_job(shelf: Shelf) -> None:
    made = make(shelf, LABEL, writer("csv", 10))
    assert (made.rows, made.repeated, made.file.name) == (10, False, "papers.csv")
    assert shelf.files.path(made.file.reference).read_bytes().count(b"\r\n") == 11
    found = find(shelf, "01J")
    assert found is not None
    assert (found.file, found.repeated) == (made.file, True)
    assert find(shelf, "01K") is None
    shelf.files.delete(made.file.reference)
    assert find(shelf, "01J") is None


# D5
@pytest.mark.parametrize("form", ["csv", "json", "ndjson", "excel"])
def test_a_full_disk_is_named_leaves_nothing_and_may_be_tried_again(shelf: Shelf, form: str) -> None:
    with small_disk(1_000_000), pytest.raises(NoSpace, match="no room for the export on the disk") as caught:
        make(shelf, LABEL, writer(form, 30_000))
    assert classify(caught.value) == "transient"
    assert left(shelf) == []
    assert make(shelf, LABEL, writer(form, 10)).rows == 10


# D5
@pytest.mark.parametrize("form", ["csv", "json", "excel"])
def test_a_disk_that_is_full_at_the_very_end_is_named_too(tmp_path: Path, form: str) -> None:
    with Full() as target, pytest.raises(NoSpace):
        write_table(rows(2_000), form, target, tmp_path, lambda *_: None)
    gc.collect()


class Full(io.BytesIO):
    """A file on a disk with room for some thousand bytes."""

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > 5_000:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


def test_a_disk_that_is_full_when_a_file_is_stored_leaves_nothing(shelf: Shelf) -> None:
    with small_disk(1_000_000), pytest.raises(OSError, match="File too large"):
        shelf.files.put(b"x" * 2_000_000, "x.bin")
    assert left(shelf) == []


def test_what_a_killed_attempt_left_is_removed_by_the_next(shelf: Shelf) -> None:
    half = workshop(shelf.temporary, "01J")
    (half.__enter__() / "export").write_bytes(b"half")
    assert [path.name for path in left(shelf)] == ["export"]
    made = make(shelf, LABEL, writer("csv", 1))
    assert len(left(shelf)) == 2
    assert shelf.files.describe(made.file.reference).sha256 == made.file.sha256
    half.__exit__(None, None, None)


def test_an_attempt_that_lost_its_lease_cannot_store_what_the_next_one_writes(shelf: Shelf) -> None:
    def slow(path: Path) -> Written:
        path.write_bytes(b"old")
        with workshop(shelf.temporary, "01J") as folder:
            (folder / "export").write_bytes(b"new, half")
            return Written(1)

    with pytest.raises(FileNotFoundError):
        make(shelf, LABEL, slow)
    assert find(shelf, "01J") is None
    assert left(shelf) == []


def test_only_exports_whose_time_is_over_are_swept(shelf: Shelf) -> None:
    made = make(shelf, LABEL, writer("csv", 1))
    assert sweep(shelf, LABEL.expires_at - timedelta(seconds=1)) == 0
    assert find(shelf, "01J")
    assert sweep(shelf, LABEL.expires_at) == 1
    assert find(shelf, "01J") is None
    assert made.file.reference not in list(shelf.files.references())


# S2.33
@pytest.mark.parametrize("form", ["csv", "json", "ndjson", "excel"])
def test_ten_times_the_rows_take_no_more_memory(form: str, tmp_path: Path) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        with (tmp_path / "out").open("wb") as target:
            write_table(rows(count), form, target, tmp_path, lambda *_: None)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(10)  # what is imported when it is first needed
    assert peak(8_000) < peak(800) + 100_000
