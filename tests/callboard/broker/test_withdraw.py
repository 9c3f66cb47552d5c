"""The wish that a job be cancelled, taken back."""

import json

import pytest

from callboard.broker import keys
from callboard.jobs.states import STATES
from tests.jobs import Board, Worker


@pytest.mark.parametrize("state", STATES)
def test_only_a_job_that_is_asked_to_stop_can_be_let_go_on(board: Board, state: str) -> None:
    id = board.job_in(state)
    assert board.client.withdraw(id, "01ABCDEFGHJKMNPQRSTVWXYZ00") == [state, "MISSING"]
    assert board.told(id)[-1][0] != "job:edited"


def test_a_withdrawal_is_told_to_the_worker_once_and_the_job_completes(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    job = worker.take()
    board.client.cancel(id)
    assert [board.client.withdraw(id) for _ in range(2)] == [["WITHDRAWN"]] * 2
    orders = [json.loads(line) for line in board.links.call("LRANGE", board.key(keys.CONTROL, worker.name), 0, -1)]
    assert [order["order"] for order in orders] == ["cancel", "withdraw"]
    assert board.told(id)[-2:] == [("job:cancelling", 3), ("job:edited", 4)]
    assert not board.job(id).cancelling
    assert worker.renew(job) in ([], ["UNLISTED"])
    worker.complete(job)
    assert board.state(id) == "completed"


def test_an_attempt_that_had_stopped_already_is_given_back(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    job = worker.take()
    board.client.cancel(id)
    board.client.withdraw(id)
    assert worker.abandon(job) == ["OK"]
    assert (board.state(id), board.told(id)[-1][0]) == ("waiting", "job:released")
    again = worker.take()
    assert (again.attempt, again.fence) == (1, 2)
    assert worker.abandon(again) == ["OK"]  # nothing was withdrawn in this one
    assert board.state(id) == "cancelled"


def test_who_asks_again_is_heard(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    job = worker.take()
    for verb in (board.client.cancel, board.client.withdraw, board.client.cancel):
        verb(id)
    worker.abandon(job)
    assert board.state(id) == "cancelled"
    assert board.client.withdraw(id) == ["cancelled"]
