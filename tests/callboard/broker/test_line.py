from collections.abc import Iterator

import pytest

from callboard.broker.line import types_in_line
from tests.jobs import Board


@pytest.fixture
def board(valkey_url: str, prefix: str) -> Iterator[Board]:
    board = Board(valkey_url, prefix)
    yield board
    board.close()


def test_the_types_at_the_head_of_a_queue_come_in_the_order_of_running(board: Board) -> None:
    for type, priority in (("low", 4), ("first", 1), ("second", 1), ("last", 5)):
        board.enqueue(type=type, priority=priority)
    assert types_in_line(board.links, "default", "waiting", 10) == ["first", "second", "low", "last"]
    assert types_in_line(board.links, "default", "waiting", 2) == ["first", "second"]
    assert types_in_line(board.links, "default", "waiting", 0) == []
    assert types_in_line(board.links, "nothing", "waiting", 5) == []
