import json

from callboard.broker import keys
from callboard.jobs.policy import KeyLimit
from tests.jobs import LEASE_MS, Board, Worker, make_call


# S3.25
def test_a_job_runs_again_when_the_lease_of_its_worker_has_run_out_and_not_before(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    worker.take()
    board.advance(LEASE_MS - 1)
    assert worker.rescue() == 0
    board.advance(1)
    assert worker.rescue() == 1
    job = board.job(id)
    assert (job.state, job.crashes, job.attempt, job.worker) == ("waiting", 1, 1, None)
    assert board.told(id)[-1] == ("job:rescued", 3)
    assert board.store.errors(id)[0]["failure"]["class"] == "lost"


def test_rescuing_twice_is_rescuing_once(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    worker.take()
    board.advance(LEASE_MS)
    assert [worker.rescue() for _ in range(2)] == [1, 0]
    assert board.job(id).crashes == 1


def test_a_job_fails_when_its_crashes_are_spent(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    for _ in range(3):
        worker.take()
        board.advance(LEASE_MS)
        worker.rescue(max_crashes=3)
    assert (board.state(id), board.job(id).crashes) == ("failed", 3)
    assert [error["failure"]["class"] for error in board.store.errors(id)] == ["lost"] * 3
    event = board.events(id)[-1]
    assert (event.event, json.loads(event.data)["class"]) == ("job:failed", "lost")


def test_a_job_whose_cancellation_was_asked_for_is_cancelled(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    worker.take()
    board.client.cancel(id)
    board.advance(LEASE_MS)
    worker.rescue()
    assert board.state(id) == "cancelled"


def test_a_rescued_job_goes_to_the_head_of_its_line(board: Board, worker: Worker) -> None:
    first = board.enqueue()
    worker.take()
    board.enqueue_many(5)
    board.advance(LEASE_MS)
    worker.rescue()
    assert worker.take().id == first


def test_a_rescued_job_goes_to_the_head_also_where_keys_take_turns(board: Board, worker: Worker) -> None:
    board.enqueue_many(500, fairness="ada")
    board.advance(60_000)
    late = board.enqueue(fairness="bob")
    taken = {job.id for job in worker.fetch(2)}
    assert late in taken
    board.advance(LEASE_MS)
    worker.rescue()
    assert {job.id for job in worker.fetch(2)} == taken


def test_a_batch_is_bounded_and_leaves_the_rest_for_the_next(board: Board, worker: Worker) -> None:
    board.enqueue_many(25)
    worker.fetch(25)
    board.advance(LEASE_MS)
    assert [worker.rescue(count=10) for _ in range(4)] == [10, 10, 5, 0]


def test_rescue_works_on_paused_queues_and_frees_caps_and_keys(board: Board, worker: Worker) -> None:
    limits = (KeyLimit("openai", concurrency=1),)
    board.control.limit("default", concurrency=1)
    ids = [board.enqueue(limits=limits) for _ in range(2)]
    worker.take()
    board.control.pause("default")
    board.advance(LEASE_MS)
    worker.rescue()
    assert board.links.call("EXISTS", board.key(keys.LIMIT_ACTIVE, "openai")) == 0
    board.control.resume("default")
    assert worker.run_all(free=1) == ids


def test_a_lease_of_a_job_that_is_gone_is_cleared_away(board: Board, worker: Worker) -> None:
    call = make_call()
    board.links.call("ZADD", board.key(keys.LEASES), 1, call.id)
    assert [worker.rescue() for _ in range(2)] == [1, 0]
