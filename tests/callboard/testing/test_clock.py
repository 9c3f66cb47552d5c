"""Time stands still on a board until the test moves it."""

from datetime import UTC, datetime, timedelta

import pytest

from callboard.testing.board import Board
from tests.callboard.testing import lab
from tests.waiting import wait_until

NOON = datetime(2031, 5, 1, 12, tzinfo=UTC)


def test_a_board_begins_at_the_present_and_stands_still(board: Board) -> None:
    assert abs(board.now - datetime.now(UTC)) < timedelta(minutes=1)
    now = board.now
    wait_until(lambda: datetime.now(UTC) - now > timedelta(milliseconds=20))
    assert board.now == now


def test_the_clock_can_be_set_and_advanced(board: Board) -> None:
    assert board.freeze(NOON) == board.now == NOON
    assert board.advance(minutes=5, seconds=1) == board.now == NOON + timedelta(minutes=5, seconds=1)
    job = board.job(lab.tell.send_with_options(args=("x",), delay=60_000))
    assert (job.enqueued_at, job.due_at) == (board.now, board.now + timedelta(minutes=1))


def test_a_time_needs_a_zone(board: Board) -> None:
    with pytest.raises(ValueError, match="time zone"):
        board.freeze(NOON.replace(tzinfo=None))


def test_time_does_not_run_backwards_by_mistake(board: Board) -> None:
    with pytest.raises(ValueError, match="freeze"):
        board.advance(minutes=-5)


def test_delayed_jobs_become_due_by_advancing(board: Board) -> None:
    lab.tell.send_with_options(args=("later",), delay=60_000)
    lab.tell.send_with_options(args=("at noon",), run_at=board.now + timedelta(minutes=2))
    assert len(board.drain()) == 0
    board.advance(minutes=1)
    assert len(board.drain()) == 1
    board.advance(minutes=1)
    assert lab.seen == ["later"]
    board.drain()
    assert lab.seen == ["later", "at noon"]


def test_the_lease_of_a_job_does_not_run_out_however_far_time_is_advanced(board: Board) -> None:
    active = board.job_in("active", lab.weigh, [1.0])
    board.advance(days=3650)
    board.broker.links.call(*board.broker.links.script("rescue", 3, 100))
    assert board.job(active.id).state == "active"


def test_a_clock_that_is_let_go_runs(board: Board) -> None:
    board.freeze(NOON)
    board.thaw()
    first = board.now
    assert abs(first - datetime.now(UTC)) < timedelta(minutes=1)
    wait_until(lambda: board.now > first)
