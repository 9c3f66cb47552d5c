"""The board as a whole: jobs in any state, events."""

import pytest

from callboard.jobs.states import STATES
from callboard.testing.board import Board
from callboard.testing.errors import BoardError
from tests.callboard.testing import lab


@pytest.mark.parametrize("state", STATES)
def test_a_job_can_be_had_in_any_state(board: Board, state: str) -> None:
    before = [lab.weigh.send([n]).message_id for n in (1.0, 2.0)]
    job = board.job_in(state, lab.weigh, [3.0], unit="g")
    assert (job.state, job.type, job.queue, job.kwargs) == (state, "weigh", "lab", {"samples": [3.0], "unit": "g"})
    assert [board.job(id).state for id in before] == ["waiting", "waiting"]
    board.broker.links.call("PING")
    ids = [ran.id for ran in board.drain("lab")]
    assert ids[:2] == before


def test_a_job_that_failed_has_its_error(board: Board) -> None:
    job = board.job_in("failed", lab.stock, "x")
    assert [entry["failure"]["message"] for entry in board.store.errors(job.id)] == ["made to fail by a test"]


def test_a_state_that_there_is_not_is_named(board: Board) -> None:
    with pytest.raises(ValueError, match="waiting, delayed, blocked"):
        board.job_in("done", lab.weigh, [1.0])


def test_a_job_of_a_paused_queue_cannot_be_made_active(board: Board) -> None:
    board.control.pause("lab")
    with pytest.raises(BoardError, match="paused"):
        board.job_in("active", lab.weigh, [1.0])


def test_a_job_can_be_asked_for_by_id_message_or_attempt(board: Board) -> None:
    message = lab.stock.send("x")
    (ran,) = board.drain()
    assert board.job(message) == board.job(message.message_id) == board.job(ran)


def test_events_are_captured_within_a_block(board: Board) -> None:
    lab.tell.send("before")
    with board.capture_events() as events:
        message = lab.weigh.send([1.0])
        board.drain("lab")
        assert events == []
    lab.tell.send("after")
    assert [event.event for event in events] == [
        "job:added",
        "job:active",
        "job:progress",
        "job:log",
        "job:completed",
    ]
    assert {event.job for event in events} == {message.message_id}
    assert len(board.events()) == 7
    with board.capture_events() as none:
        board.drain("nothing")
    assert none == []
