"""A database for the tests of `research`, once on SQLite and once on PostgreSQL."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from callboard.history.database import connect
from research.schema import RESEARCH


@pytest.fixture
def database(empty_url: str) -> Iterator[Engine]:
    """An engine on a database with all tables, on SQLite and on PostgreSQL."""
    RESEARCH.upgrade(empty_url)
    engine = connect(empty_url)
    yield engine
    engine.dispose()
