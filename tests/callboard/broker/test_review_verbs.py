"""Turns of keys beside jobs without one, what a passing limit leaves behind, and bulk over a lost connection."""

from callboard.broker import keys
from tests.jobs import Board


def test_a_key_that_comes_late_takes_no_more_than_its_turns_from_jobs_without_one(board: Board) -> None:
    board.enqueue(fairness="early")
    unkeyed = board.enqueue_many(100)
    served = {job.id for job in board.worker.fetch(51)}  # the line is never empty from here on
    late = board.enqueue_many(20, fairness="late")
    next_ones = [job.id for job in board.worker.fetch(10)]
    assert served & set(unkeyed)
    assert 4 <= sum(id in late for id in next_ones) <= 6


def test_a_passing_hold_of_a_key_leaves_nothing_behind(board: Board) -> None:
    board.control.throttle("user:17", hold=5.0)
    left_ms = board.links.call("PTTL", board.key(keys.LIMIT, "user:17"))
    assert 0 < left_ms <= 5_000
    board.control.throttle("user:17", concurrency=2)
    assert board.links.call("PTTL", board.key(keys.LIMIT, "user:17")) == -1


def test_bulk_enqueue_outlives_a_server_that_closed_idle_connections(board: Board) -> None:
    board.enqueue()
    with board.links.held() as link:
        own = link.run([("CLIENT", "ID")])[0]
    with board.links.held(), board.links.held() as other:
        other.run([("CLIENT", "KILL", "ID", own)])
        other.close()
    assert len(board.enqueue_many(3)) == 3


def test_a_completed_job_that_runs_again_begins_at_the_beginning_a_failed_one_where_it_was(board: Board) -> None:
    for end, kept in ((board.worker.complete, None), (board.worker.fail, '{"row":100}')):
        id = board.enqueue()
        job = board.worker.take()
        board.worker.say("save", job.id, job.fence, '{"row":100}')
        end(job)
        board.client.rerun(id)
        again = board.worker.take()
        assert (again.id, again.fields.get("checkpoint")) == (id, kept)
        board.worker.complete(again)
