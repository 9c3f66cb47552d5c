"""What the tests of providers work with."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine

from callboard.history.database import connect
from callboard.history.meter_models import MeterRow
from callboard.history.models import JobRow, Table, table_of
from research.ai.models import BudgetRow, CallRow, OpinionRow, WrittenRow
from research.models import Model, PaperRow
from tests.research.ai.server import AiServer, serving

HISTORY_TABLES: list[Any] = [table_of(JobRow), table_of(MeterRow)]
TABLES: list[Any] = [row.__table__ for row in (PaperRow, BudgetRow, CallRow, OpinionRow, WrittenRow)]


@pytest.fixture
def ai_server() -> Iterator[AiServer]:
    """A server of the test's own that speaks both protocols."""
    with serving() as server:
        yield server


@pytest.fixture
def database(empty_url: str) -> Iterator[Engine]:
    """An engine with the tables of AI and those that its metrics need, on SQLite and on PostgreSQL."""
    engine = connect(empty_url)
    Table.metadata.create_all(engine, HISTORY_TABLES)
    Model.metadata.create_all(engine, TABLES)
    yield engine
    engine.dispose()
