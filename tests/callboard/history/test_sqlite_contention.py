"""SQLite with several processes that write: all wait their turn, and none is refused."""

import sqlite3
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from callboard.history import database
from callboard.history.database import connect, reading, writing
from tests.callboard.history.contention import contend, counted


def test_four_processes_that_read_and_then_write_are_never_locked_out(tmp_path: Path) -> None:
    met = contend(tmp_path, [("count", 150)] * 4)
    assert met.errors == []
    assert counted(tmp_path) == 600, "no update was lost"
    assert met.share(1.0) < 10


def test_small_transactions_get_their_turn_beside_processes_that_write_batch_after_batch(tmp_path: Path) -> None:
    met = contend(tmp_path, [("batch", 12), ("batch", 12), ("count", 100), ("count", 100)])
    assert met.errors == []
    assert counted(tmp_path) == 200
    assert met.share(1.0) < 10


def test_a_reader_waits_for_no_writer(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'one.db'}")
    with writing(engine) as session:
        session.execute(text("CREATE TABLE t (n INTEGER)"))
    began = time.monotonic()
    with writing(engine) as writer:
        writer.execute(text("INSERT INTO t VALUES (1)"))
        with reading(engine) as session:
            assert session.execute(text("SELECT count(*) FROM t")).scalar_one() == 0
    assert time.monotonic() - began < 2
    engine.dispose()


def test_a_writer_that_waits_too_long_says_so_and_the_connection_is_good_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 50)
    engine = connect(f"sqlite:///{tmp_path / 'one.db'}", pool_size=1, max_overflow=0)
    with writing(engine) as session:
        session.execute(text("CREATE TABLE t (n INTEGER)"))
    holder = sqlite3.connect(tmp_path / "one.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="database is locked"), writing(engine) as session:
        session.execute(text("INSERT INTO t VALUES (1)"))
    holder.execute("ROLLBACK")
    holder.close()
    with writing(engine) as session:
        session.execute(text("INSERT INTO t VALUES (1)"))
        assert session.execute(text("PRAGMA busy_timeout")).scalar_one() == 50
    engine.dispose()
