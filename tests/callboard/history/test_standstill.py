"""A transaction that stands still."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import InternalError

from callboard.history.database import connect, writing
from callboard.history.standstill import limit_standstill
from tests.waiting import wait_until


def test_others_get_the_rows_of_a_process_that_stands_still(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callboard.history.standstill.LIMIT", "SET LOCAL idle_in_transaction_session_timeout = '200ms'")
    database = connect(postgres_url)
    alive = text(
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
    )

    def gone() -> bool:
        with database.connect() as connection:
            return connection.execute(alive).scalar_one() == 0

    def stand_still() -> None:
        with writing(database) as session:
            limit_standstill(session)
            session.execute(text("SELECT 1"))
            wait_until(gone)
            session.execute(text("SELECT 1"))

    with pytest.raises(InternalError):
        stand_still()
    database.dispose()


def test_on_sqlite_nothing_is_limited_and_nothing_breaks(tmp_path: Path) -> None:
    database = connect(f"sqlite:///{tmp_path / 'callboard.db'}")
    with writing(database) as session:
        limit_standstill(session)
        assert session.execute(text("SELECT 1")).scalar_one() == 1
    database.dispose()
