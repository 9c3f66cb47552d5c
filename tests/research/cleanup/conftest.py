"""A PostgreSQL database with all tables."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from callboard.history.database import connect
from callboard.history.schema import HISTORY
from research.schema import RESEARCH


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Engine]:
    """An engine on a database of its own."""
    for schema in (HISTORY, RESEARCH):
        schema.upgrade(postgres_url)
    engine = connect(postgres_url)
    yield engine
    engine.dispose()
