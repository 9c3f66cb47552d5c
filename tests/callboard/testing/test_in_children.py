"""Isolated types: in the process of the test, or in a child where the test asks for it."""

import os
from collections.abc import Iterator

import pytest

from callboard.jobs.errors import ChildDied
from callboard.jobs.settings import environment_for_child
from callboard.testing.board import Board
from callboard.testing.errors import JobFailed
from callboard.testing.opening import open_board
from tests.callboard.testing import apart as module


@pytest.fixture
def board(valkey_url: str) -> Iterator[Board]:
    with open_board(module.broker, url=valkey_url) as board:
        yield board


def test_an_isolated_type_runs_in_the_process_of_the_test(board: Board) -> None:
    assert board.run(module.apart) == os.getpid()


@pytest.mark.system
def test_it_runs_in_a_child_where_the_test_asks_for_it(board: Board) -> None:
    environment = environment_for_child()
    with board.children():
        assert board.run(module.apart) != os.getpid()
        assert [p["step"] for p in board.last.progress] == ["apart"]
        with pytest.raises(ChildDied, match="exit code 3"):
            board.run(module.apart, 3)
        with pytest.raises(JobFailed, match="no"):
            board.run(module.refusing)
    assert environment_for_child() == environment
    assert board.run(module.apart) == os.getpid()


@pytest.mark.system
def test_a_child_on_another_server_is_told_from_a_job_that_ran(board: Board) -> None:
    module.apart.send()
    with board.children(), pytest.MonkeyPatch.context() as patch:
        # Undone before the block ends: what is put back later would stay for all tests that follow.
        patch.setenv("CALLBOARD_PREFIX", "{elsewhere}")
        with pytest.raises(JobFailed, match="another server"):
            board.drain()
