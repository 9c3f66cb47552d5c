"""A database with the history tables, once on SQLite and once on PostgreSQL: a copy of one that was migrated once."""

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, QueuePool, text

from callboard.history.database import connect
from callboard.history.schema import HISTORY
from tests.waiting import wait_until

PATTERN = "history_pattern"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "callboard.db"
    HISTORY.upgrade(f"sqlite:///{path}")
    assert not path.with_name("callboard.db-wal").exists(), "the file alone is the whole database"
    return path


@pytest.fixture(scope="session")
def migrated_server(postgres_server: str) -> str:
    """The socket folder of the server, which has a database with all tables to be copied."""
    admin = administrator(postgres_server)
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {PATTERN}"))
    admin.dispose()
    HISTORY.upgrade(f"postgresql://tests@/{PATTERN}?host={postgres_server}")
    return postgres_server


def administrator(server: str) -> Engine:
    """An engine that may create and drop databases."""
    return connect(f"postgresql://tests@/postgres?host={server}", isolation_level="AUTOCOMMIT")


@pytest.fixture
def copied_url(migrated_server: str) -> Iterator[str]:
    """The URL of a PostgreSQL database with all tables that lives for one test."""
    name, admin = f"h_{secrets.token_hex(6)}", administrator(migrated_server)
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {PATTERN}"))
    yield f"postgresql://tests@/{name}?host={migrated_server}"
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An engine on a database with all tables."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_file"), tmp_path / "callboard.db")
        engine = connect(f"sqlite:///{tmp_path / 'callboard.db'}")
    else:
        engine = connect(request.getfixturevalue("copied_url"))
    yield engine
    # A thread that pushes the outbox may be at work still; what it gives back to a disposed pool is never closed.
    wait_until(lambda: checked_out(engine) == 0, what="all connections are given back")
    engine.dispose()


def checked_out(engine: Engine) -> int:
    """How many connections are in use."""
    assert isinstance(engine.pool, QueuePool)
    return engine.pool.checkedout()
