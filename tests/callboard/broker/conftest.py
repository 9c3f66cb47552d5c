"""A part of a real server for each test of the verbs, with time held still."""

from collections.abc import Iterator

import pytest

from callboard.broker.invariants import check
from tests.callboard.broker.keyspace import strangers
from tests.jobs import Board, Worker


@pytest.fixture
def board(valkey_url: str, prefix: str) -> Iterator[Board]:
    """The verbs on an empty prefix; when the test is over, all invariants hold and no key is unknown."""
    board = Board(valkey_url, prefix)
    yield board
    wrong = [*check(board.links), *strangers(board.links)]
    board.close()
    assert wrong == []


@pytest.fixture
def worker(board: Board) -> Worker:
    """A worker of the default queue."""
    return board.worker
