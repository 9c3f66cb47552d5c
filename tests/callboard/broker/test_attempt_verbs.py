"""The verbs of a running attempt and of its worker: progress, log, save, renew, register, deregister."""

import pytest

from callboard.broker import keys
from tests.jobs import LEASE_MS, START_MS, Board, Taken, Worker

WRITES = {"progress": ('{"done":1,"total":2}',), "save": ('{"row":7}',), "log": (1, '{"message":"hello"}')}


@pytest.fixture
def job(board: Board, worker: Worker) -> Taken:
    board.enqueue()
    return worker.take()


@pytest.mark.parametrize("verb", WRITES)
def test_an_attempt_that_lost_its_lease_writes_nothing(board: Board, worker: Worker, job: Taken, verb: str) -> None:
    board.advance(LEASE_MS)
    worker.rescue()
    second = worker.take()
    before = board.links.call("HGETALL", board.key(keys.JOB, job.id))
    assert worker.say(verb, job.id, job.fence, *WRITES[verb]) == "LOST"
    assert board.links.call("HGETALL", board.key(keys.JOB, job.id)) == before
    assert worker.say(verb, job.id, second.fence, *WRITES[verb]) == "OK"


@pytest.mark.parametrize("verb", ["progress", "save"])
def test_a_body_hears_of_its_cancellation_with_what_it_writes(
    board: Board, worker: Worker, job: Taken, verb: str
) -> None:
    board.client.cancel(job.id)
    assert worker.say(verb, job.id, job.fence, *WRITES[verb]) == "CANCEL"


def test_progress_is_in_the_record_and_in_one_event(board: Board, worker: Worker, job: Taken) -> None:
    worker.say("progress", job.id, job.fence, '{"done":1,"total":2}')
    assert board.job(job.id).progress == {"done": 1, "total": 2}
    event = board.events(job.id)[-1]
    assert (event.event, event.version, event.data) == ("job:progress", 3, '{"done":1,"total":2}')


def test_a_checkpoint_reaches_the_next_attempt(board: Board, worker: Worker, job: Taken) -> None:
    worker.say("save", job.id, job.fence, '{"row":7}')
    worker.retry(job, delay_ms=1)
    board.advance(1)
    assert worker.take().fields["checkpoint"] == '{"row":7}'


def test_log_lines_are_kept_in_order_and_a_repeat_is_dropped(board: Board, worker: Worker, job: Taken) -> None:
    for number, text in ((1, "a"), (2, "b"), (2, "b"), (3, "c")):
        worker.say("log", job.id, job.fence, number, f'{{"message":"{text}"}}')
    assert [line["message"] for line in board.store.log(job.id)] == ["a", "b", "c"]
    assert [event.event for event in board.events(job.id)].count("job:log") == 3
    assert [line["message"] for line in board.store.log(job.id, 2)] == ["c"]


def test_the_newest_thousand_log_lines_are_kept(board: Board, worker: Worker, job: Taken) -> None:
    for number in range(3):
        worker.say("log", job.id, job.fence, number, *(f'{{"n":{number * 400 + i}}}' for i in range(400)))
    lines = board.store.log(job.id)
    assert [lines[0]["n"], lines[-1]["n"], len(lines)] == [200, 1_199, 1_000]


def test_a_renewed_lease_outlives_its_first_term(board: Board, worker: Worker, job: Taken) -> None:
    board.advance(LEASE_MS - 1)
    worker.renew(job)
    board.advance(LEASE_MS - 1)
    assert worker.rescue() == 0
    assert board.state(job.id) == "active"
    board.advance(1)
    assert worker.rescue() == 1


def test_renewing_tells_what_is_lost(board: Board, worker: Worker, job: Taken) -> None:
    worker.say("register", worker.name, LEASE_MS, "{}")
    board.advance(1)
    stranger = Taken("01ABCDEFGHJKMNPQRSTVWXYZ00", 1, 1, {})
    assert worker.renew(job, stranger) == [f"LOST:{stranger.id}"]
    worker.complete(job)
    board.advance(1)
    assert worker.renew(job) == [f"LOST:{job.id}"]
    assert board.links.call("ZCARD", board.key(keys.LEASES)) == 0


def test_a_worker_is_listed_from_its_registration_to_the_end_of_its_lease(board: Board, worker: Worker) -> None:
    score = board.key(keys.WORKERS)
    worker.say("register", "w", LEASE_MS, '{"queues":["default"]}')
    assert int(board.links.call("ZSCORE", score, "w")) == START_MS + LEASE_MS
    assert board.links.call("PTTL", board.key(keys.WORKER, "w")) > 0
    board.advance(LEASE_MS + 60_000)
    assert board.hire(name="another").renew() == ["UNLISTED"]
    assert board.links.call("ZCARD", score) == 0


def test_a_worker_that_stood_still_for_too_long_hears_that_it_must_register_again(board: Board, worker: Worker) -> None:
    worker.say("register", worker.name, LEASE_MS, "{}")
    board.advance(1)
    assert worker.renew() == []
    board.advance(10 * LEASE_MS + 60_000)
    board.hire(name="another").renew()
    assert worker.renew() == ["UNLISTED"]


def test_a_worker_that_left_is_not_listed_and_a_late_renewal_does_not_bring_it_back(
    board: Board, worker: Worker
) -> None:
    worker.say("register", worker.name, LEASE_MS, "{}")
    assert [worker.say("deregister", worker.name) for _ in range(2)] == ["OK", "OK"]
    worker.renew()
    assert board.links.call("ZCARD", board.key(keys.WORKERS)) == 0
