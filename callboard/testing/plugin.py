"""The pytest fixtures, found by pytest where Callboard is installed; costs nothing where none of them is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from callboard.broker.broker import CallboardBroker
    from callboard.history.database import Engine
    from callboard.testing.board import Board

# Everything else is imported inside: pytest imports this module in each project of an environment.


@pytest.fixture(scope="session")
def callboard_url() -> Iterator[str]:
    """The server of this test process, started for it; define it anew to use another, keys are each test's own."""
    from callboard.testing.server import private_server

    with private_server() as url:
        yield url


@pytest.fixture(scope="session")
def callboard_broker() -> CallboardBroker | None:
    """The broker whose jobs are tested, None for the one of the process; define it anew to import your job types."""
    return None


@pytest.fixture
def callboard_board(callboard_url: str, callboard_broker: CallboardBroker | None) -> Iterator[Board]:
    """An empty board with its clock held at the present: what the broker enqueues in this test goes there."""
    from callboard.testing.opening import open_board

    with open_board(callboard_broker, url=callboard_url) as board:
        yield board


@pytest.fixture
def callboard_database(tmp_path: Path) -> Iterator[Engine]:
    """An SQLite database of this test, with the tables of Callboard in it."""
    from callboard.history.database import connect
    from callboard.history.schema import HISTORY

    url = f"sqlite:///{tmp_path / 'callboard.db'}"
    HISTORY.upgrade(url)
    engine = connect(url)
    yield engine
    engine.dispose()
