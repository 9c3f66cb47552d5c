"""A database with the history tables, once on SQLite and once on PostgreSQL."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from callboard.history.database import connect
from callboard.history.schema import HISTORY


@pytest.fixture
def database(empty_url: str) -> Iterator[Engine]:
    """An engine on a database with all tables."""
    HISTORY.upgrade(empty_url)
    engine = connect(empty_url)
    yield engine
    engine.dispose()
