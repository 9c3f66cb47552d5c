"""At every moment each row is in SQL or in a file that was read back, whoever dies when."""

from __future__ import annotations

import itertools
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, update

from callboard.history.database import reading, writing
from callboard.history.models import AttemptRow, AuditRow, FailureRow, JobRow, ProgressRow
from callboard.history.search.term_index import FTS
from callboard.jobs.clock import to_ms
from research.archive import archiving, manifest
from research.archive.archiving import ColdStorage, archive_source, count_due, finish, write_part
from research.archive.errors import ArchiveDamaged, ArchivedMeanwhile
from research.archive.manifest import Archive
from research.archive.restoring import restore_archive, rows_of
from research.archive.sources import SOURCES
from research.mail.fates import MailRecipientRow
from research.models import SentMailRow
from tests.research.archive.conftest import BEFORE, NOW, fill, ids, job_row

JOBS = SOURCES["jobs"]
OLD, YOUNG = 600, 20
# What has nothing to do with the database is tried on one only.
on_sqlite = pytest.mark.parametrize("empty_url", ["sqlite"], indirect=True)


class Killed(BaseException):
    """Raised in place of a death."""


def quiet(done: int, step: str) -> None:
    """Tell nobody."""


def run(cold: ColdStorage) -> list[Archive]:
    return list(archive_source(cold, JOBS, BEFORE, quiet))


def deleted(cold: ColdStorage) -> list[Archive]:
    with reading(cold.engine) as session:
        return [one for one in manifest.archives(session) if one.state == manifest.DELETED]


def in_archives(cold: ColdStorage) -> Counter[str]:
    """The jobs in finished archives, and how often each is there."""
    return Counter(row["id"] for one in deleted(cold) for row in rows_of(cold.store, one))


@pytest.fixture
def history(cold: ColdStorage) -> set[str]:
    """Old jobs in an old history, beside young ones and one that runs; the ids of the old ones."""
    rows = [job_row(n, 90) for n in range(1, OLD + 1)] + [job_row(n + OLD, 5) for n in range(1, YOUNG + 1)]
    rows.append(job_row(OLD + YOUNG + 1, 90, state="active", finished_ms=None))
    fill(cold.engine, rows)
    return {row["id"] for row in rows[:OLD]}


# S2.35
def test_old_jobs_move_with_all_that_is_told_of_them_and_come_back_the_same(
    cold: ColdStorage, history: set[str]
) -> None:
    before = _all(cold.engine)
    assert count_due(cold, JOBS, BEFORE, 10**6) == OLD
    (archive,) = run(cold)
    assert (archive.state, archive.rows, archive.kept) == ("deleted", OLD, 0)
    assert {file.table: file.rows for file in archive.files} == {
        "background_jobs": OLD,
        "job_attempts": OLD,
        "job_failures": OLD,
        "job_progress": 2 * OLD,
    }
    assert in_archives(cold) == Counter(history)
    assert len(ids(cold.engine)) == YOUNG + 1
    assert _counts(cold.engine) == [YOUNG + 1, YOUNG + 1, 2 * (YOUNG + 1)]
    assert next(rows_of(cold.store, archive, "job_failures"))["message"] == "the disk is on fire"

    assert restore_archive(cold, archive, quiet) == OLD
    assert _all(cold.engine) == before
    assert restore_archive(cold, archive, quiet) == 0


def test_jobs_whose_numbers_went_to_others_come_back_under_new_ones(cold: ColdStorage) -> None:
    # SQLite gives the numbers of deleted rows again where no higher one is left; PostgreSQL never does.
    fill(cold.engine, [unnumbered(job_row(n, 90)) for n in range(1, 11)])
    (archive,) = run(cold)
    fill(cold.engine, [unnumbered(job_row(n, 1, id=f"new-{n}")) for n in range(1, 4)])
    assert restore_archive(cold, archive, quiet) == 10
    with reading(cold.engine) as session:
        back = {row.id: row.number for row in session.execute(select(JobRow.number, JobRow.id))}
    assert len(set(back.values())) == len(back) == 13
    assert back["job-00007"] == 7


def unnumbered(row: dict[str, Any]) -> dict[str, Any]:
    """The row without its number, for the database to give one."""
    return {name: value for name, value in row.items() if name != "number"}


@on_sqlite
def test_there_is_nothing_to_do_twice(cold: ColdStorage, history: set[str]) -> None:
    run(cold)
    files = set(cold.store.references())
    assert run(cold) == []
    assert set(cold.store.references()) == files


def test_runs_that_are_broken_off_anywhere_lose_and_double_nothing(
    cold: ColdStorage, history: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archiving, "write_part", _in_parts_of(100))
    for step in (1, 4, 5, 5, 6, 6, 7):  # in the writing of each table, in the deletion, and between two parts
        steps = itertools.count(1)

        def dies(done: int, what: str, steps: Iterator[int] = steps, step: int = step) -> None:
            if next(steps) == step:
                raise Killed

        with pytest.raises(Killed):
            list(archive_source(cold, JOBS, BEFORE, dies))
        assert history == (history & ids(cold.engine)) | set(in_archives(cold)) | _in_verified(cold)
    run(cold)
    assert in_archives(cold) == Counter(history)
    assert not history & ids(cold.engine)


@on_sqlite
def test_files_that_were_never_noted_are_no_archive(
    cold: ColdStorage, history: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(manifest, "note", _die)
        with pytest.raises(Killed):
            run(cold)
    assert history <= ids(cold.engine)
    run(cold)
    assert in_archives(cold) == Counter(history)


DIES = """
import os, signal, sys
from pathlib import Path
from callboard.history.database import connect
from research.archive.archiving import ColdStorage, archive_source
from research.archive.sources import SOURCES
from research.files import FileStore
from tests.research.archive.conftest import BEFORE

url, folder, step = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
left = iter(range(step))
def say(done, what):
    if next(left, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)
cold = ColdStorage(connect(url), FileStore(folder / "files"), folder / "tmp")
list(archive_source(cold, SOURCES["jobs"], BEFORE, say))
"""


def test_a_killed_process_loses_and_doubles_nothing(
    cold: ColdStorage, history: set[str], empty_url: str, tmp_path: Path
) -> None:
    ended = subprocess.run([sys.executable, "-c", DIES, empty_url, str(tmp_path), "9"], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert 0 < len(history & ids(cold.engine)) < OLD
    run(cold)
    assert in_archives(cold) == Counter(history)
    assert not history & ids(cold.engine)


def test_a_row_that_changes_before_it_is_deleted_is_kept(cold: ColdStorage, history: set[str]) -> None:
    id = write_part(cold, JOBS, BEFORE, quiet)
    with writing(cold.engine) as session:
        session.execute(update(JobRow).where(JobRow.id == "job-00007").values(state="waiting", version=5))
    assert id is not None
    with reading(cold.engine) as session:
        archive = manifest.archive(session, id)
    assert finish(cold, archive, quiet).kept == 1
    assert history & ids(cold.engine) == {"job-00007"}


def test_of_two_that_archive_the_same_rows_one_gives_way(
    cold: ColdStorage, history: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write, others = archiving._write, list[str | None]()

    def beside(*given: Any) -> Any:
        if not others:
            others.append("begun")
            others.append(write_part(cold, JOBS, BEFORE, quiet))
        return write(*given)

    monkeypatch.setattr(archiving, "_write", beside)
    with pytest.raises(ArchivedMeanwhile, match="jobs-000001"):
        write_part(cold, JOBS, BEFORE, quiet)
    assert others == ["begun", "jobs-000001"]
    run(cold)
    assert in_archives(cold) == Counter(history)


def test_rows_that_another_is_about_to_delete_are_not_archived_again(cold: ColdStorage, history: set[str]) -> None:
    noted = write_part(cold, JOBS, BEFORE, quiet)
    with pytest.raises(ArchivedMeanwhile, match=str(noted)):
        write_part(cold, JOBS, BEFORE, quiet)
    run(cold)
    assert in_archives(cold) == Counter(history)


# D5
@on_sqlite
def test_a_full_disk_loses_nothing_and_leaves_nothing_behind(
    cold: ColdStorage, history: set[str], empty_url: str, tmp_path: Path
) -> None:
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000))\n"
    code = DIES.replace("list(archive_source", f"{limit}list(archive_source")
    ended = subprocess.run(
        [sys.executable, "-c", code, empty_url, str(tmp_path), "999"], check=False, capture_output=True, text=True
    )
    assert "File too large" in ended.stderr
    assert history <= ids(cold.engine)
    assert (list(cold.scratch.iterdir()), list(cold.store.references())) == ([], [])
    run(cold)
    assert in_archives(cold) == Counter(history)


@on_sqlite
def test_a_damaged_file_deletes_nothing_and_is_written_anew(cold: ColdStorage, history: set[str]) -> None:
    id = write_part(cold, JOBS, BEFORE, quiet)
    assert id is not None
    with reading(cold.engine) as session:
        archive = manifest.archive(session, id)
    path = cold.store.path(archive.files[0].reference)
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(ArchiveDamaged, match="cannot be read back"):
        run(cold)
    assert history <= ids(cold.engine)
    (again,) = run(cold)
    assert again.id == "jobs-000002"
    assert in_archives(cold) == Counter(history)


@on_sqlite
def test_whatever_byte_of_a_file_is_damaged_the_archive_is_set_aside(cold: ColdStorage, history: set[str]) -> None:
    archive_id = write_part(cold, JOBS, BEFORE, quiet)
    with reading(cold.engine) as session:
        archive = manifest.archive(session, str(archive_id))
    path = cold.store.path(archive.files[0].reference)
    whole = path.read_bytes()
    for place in range(4, len(whole) // 2, len(whole) // 400):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x5A]) + whole[place + 1 :])
        with suppress(ArchiveDamaged):  # a few bytes of the headers mean nothing
            archiving.verify(cold.store, archive)


def test_times_and_lists_of_the_platform_s_own_tables_survive(cold: ColdStorage) -> None:
    with writing(cold.engine) as session:
        for n in range(3):
            mail = {"message_id": "<m@lab>", "recipients": ["ann@lab.example", "jörg@lab.example"], "subject": "µ"}
            sent_at = BEFORE.replace(microsecond=123_456) if n else NOW
            session.add(SentMailRow(key=f"k{n}", transport="smtp", sent_at=sent_at, **mail))
            session.add(MailRecipientRow(key=f"k{n}", address="ann@lab.example", word="sent", at=sent_at))
    (archive,) = archive_source(cold, SOURCES["mails"], NOW.replace(day=20), quiet)
    with reading(cold.engine) as session:
        assert list(session.scalars(select(MailRecipientRow.key))) == ["k0"]
    restore_archive(cold, archive, quiet)
    with reading(cold.engine) as session:
        assert sorted(session.scalars(select(MailRecipientRow.key))) == ["k0", "k1", "k2"]
        back = session.get(SentMailRow, "k1")
        assert back is not None
        assert back.recipients == ["ann@lab.example", "jörg@lab.example"]
        assert back.sent_at == BEFORE.replace(microsecond=123_456)
        assert back.template is None


def _die(*given: object) -> str:
    raise Killed


def _in_parts_of(rows: int) -> Any:
    return lambda cold, source, before, say: write_part(cold, source, before, say, rows)


def _in_verified(cold: ColdStorage) -> set[str]:
    with reading(cold.engine) as session:
        return {
            row["id"]
            for one in manifest.unfinished(session, "jobs")
            if one.state == manifest.VERIFIED
            for row in rows_of(cold.store, one)
        }


def _counts(engine: Engine) -> list[int]:
    with reading(engine) as session:
        return [
            session.scalar(select(func.count()).select_from(model)) or 0
            for model in (AttemptRow, FailureRow, ProgressRow)
        ]


def _all(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Every row of the history, and how many terms lead to them."""
    with reading(engine) as session:
        found = {
            model.__tablename__: sorted(tuple(row) for row in session.execute(select(*model.__table__.c)))
            for model in (JobRow, AttemptRow, FailureRow, ProgressRow)
        }
        found["terms"] = [(session.scalar(select(func.count()).select_from(FTS)),)]
    return found


def test_lines_about_people_come_back_though_others_were_written_meanwhile(cold: ColdStorage) -> None:
    def note(detail: str, days: int) -> None:
        with writing(cold.engine) as session:
            session.add(AuditRow(at_ms=to_ms(NOW - timedelta(days=days)), who="ann", verb=detail, subject="x", count=1))

    for number in range(3):
        note(f"old {number}", 90)
    archives = list(archive_source(cold, SOURCES["audit"], BEFORE, quiet))
    note("new", 1)
    for archive in archives:
        restore_archive(cold, archive, quiet)
    with reading(cold.engine) as session:
        assert sorted(session.scalars(select(AuditRow.verb))) == ["new", "old 0", "old 1", "old 2"]
        assert [one.deleted_at for one in manifest.archives(session)] == [one.deleted_at for one in archives]
