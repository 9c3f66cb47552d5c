"""Services of a scheduler over a real server and a real database, with a clock that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from callboard.history.database import connect
from callboard.history.reconciler import Reconciler
from callboard.history.schema import HISTORY
from callboard.jobs.settings import load_settings
from scheduler.clock import ServerClock
from scheduler.services import Services
from tests.callboard.history.timetables import Desk, board

__all__ = ["board"]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Engine]:
    """An engine on a SQLite file with all tables; what differs on PostgreSQL is tested beside the SQL itself."""
    url = f"sqlite:///{tmp_path / 'callboard.db'}"
    HISTORY.upgrade(url)
    engine = connect(url)
    yield engine
    engine.dispose()


@pytest.fixture
def desk(database: Engine, board: object) -> Iterator[Desk]:
    """A place with schedules."""
    from tests.jobs import Board

    assert isinstance(board, Board)
    desk = Desk(database, board)
    yield desk
    desk.broker.close()


@pytest.fixture
def services(desk: Desk) -> Services:
    """What the duties work with; time is held by the desk."""
    links = desk.board.links
    # Each look is a question, for the clock that asks has a monotonic one that jumps ahead.
    seconds = iter(range(0, 10**9, 10))
    clock = ServerClock(lambda: desk.now, lambda: float(next(seconds)))
    return Services(load_settings({}), desk.engine, links, desk.types, clock, Reconciler(desk.engine, links), "here")
