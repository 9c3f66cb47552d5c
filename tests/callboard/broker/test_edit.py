"""Changing a job by hand before it runs."""

import pytest

from callboard.jobs.states import STATES
from tests.jobs import Board, Worker


@pytest.mark.parametrize("state", STATES)
def test_a_job_is_edited_where_it_does_not_run_and_its_state_stays(board: Board, state: str) -> None:
    id = board.job_in(state)
    before = board.job(id)
    may = state in ("waiting", "delayed", "blocked") and before.reason in (None, "scheduled", "blocked_by")
    answer = board.client.edit(id, before.version, {"kwargs": '{"n":2}', "tags": '["a"]'})
    after = board.job(id)
    assert answer == ("EDITED" if may else state)
    assert (after.state, after.kwargs == {"n": 2}, after.version - before.version) == (state, may, int(may))
    assert (board.told(id)[-1] == ("job:edited", after.version)) == may


def test_who_has_seen_another_version_changes_nothing(board: Board) -> None:
    id = board.enqueue()
    assert board.client.edit(id, 1, {"kwargs": '{"n":1}'}) == "EDITED"
    assert board.client.edit(id, 1, {"kwargs": '{"n":2}'}) == "CHANGED"
    assert board.client.edit("01ABCDEFGHJKMNPQRSTVWXYZ00", 1, {}) == "MISSING"
    assert (board.job(id).kwargs, board.job(id).version) == ({"n": 1}, 2)
    assert board.client.edit(id, 2, {"kwargs": ""}) == "EDITED"
    assert board.job(id).kwargs == {}


def test_a_more_urgent_priority_moves_a_job_to_the_front_and_back(board: Board, worker: Worker) -> None:
    first, second, third = board.enqueue_many(3)
    board.client.edit(third, 1, {"priority": 1})
    board.client.edit(first, 1, {"priority": 4})
    assert worker.take().id == third
    board.client.edit(first, 2, {"priority": ""})
    assert [worker.take().id, worker.take().id] == [first, second]


def test_a_delayed_job_becomes_due_at_its_new_time_and_not_at_the_old_one(board: Board, worker: Worker) -> None:
    soon, late = board.enqueue(delay=60), board.enqueue(delay=60)
    assert board.client.edit(soon, 1, {}, board.now + 10_000) == "EDITED"
    assert board.client.edit(late, 1, {}, board.now + 90_000) == "EDITED"
    board.advance(10_001)
    assert [job.id for job in worker.fetch(5)] == [soon]
    board.advance(60_000)
    assert worker.fetch(5) == []
    board.advance(30_000)
    assert [job.id for job in worker.fetch(5)] == [late]
    waiting = board.enqueue()
    assert board.client.edit(waiting, 1, {}, board.now + 5) == "waiting"
