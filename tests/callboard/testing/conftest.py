"""A test board over the job types of `lab`, on the server of the test run."""

from collections.abc import Iterator

import pytest

from callboard.broker.broker import CallboardBroker
from callboard.broker.invariants import check
from callboard.testing.board import Board
from tests.callboard.testing import lab


@pytest.fixture(scope="session")
def callboard_url(valkey_url: str) -> str:
    return valkey_url


@pytest.fixture(scope="session")
def callboard_broker() -> CallboardBroker:
    return lab.broker


@pytest.fixture
def board(callboard_board: Board) -> Iterator[Board]:
    """The board; what a test leaves on it keeps all invariants of the engine."""
    lab.seen.clear()
    yield callboard_board
    assert check(callboard_board.broker.links) == []
