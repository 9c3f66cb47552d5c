"""A database with the tables of the history and of the platform, built once and emptied after each test."""

import secrets
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from callboard.history.database import connect, writing
from callboard.history.models import Table
from callboard.history.schema import HISTORY
from research.schema import RESEARCH
from research.tables import Model


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Both schemas, on SQLite and on PostgreSQL."""
    url = f"sqlite:///{tmp_path_factory.mktemp('kept') / 'callboard.db'}"
    if request.param == "postgresql":
        folder, name = request.getfixturevalue("postgres_server"), f"t_{secrets.token_hex(6)}"
        admin = connect(f"postgresql://tests@/postgres?host={folder}", isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        admin.dispose()
        url = f"postgresql://tests@/{name}?host={folder}"
    for schema in (HISTORY, RESEARCH):
        schema.upgrade(url)
    engine = connect(url)
    yield engine
    engine.dispose()


@pytest.fixture
def engine(built: Engine) -> Iterator[Engine]:
    """The same tables, empty."""
    yield built
    with writing(built) as session:
        for metadata in (Table.metadata, Model.metadata):
            for table in reversed(metadata.sorted_tables):
                session.execute(table.delete())
