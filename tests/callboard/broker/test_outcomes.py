"""The verbs that a worker writes an outcome with: complete, retry, fail, release, abandon."""

from collections.abc import Callable

import pytest

from callboard.broker import keys
from tests.jobs import LEASE_MS, START_MS, Board, Taken, Worker

Verb = Callable[[Worker, Taken], list[str]]
VERBS: dict[str, tuple[Verb, str, str]] = {
    "complete": (lambda worker, job: worker.complete(job, result=[1]), "completed", "job:completed"),
    "retry": (lambda worker, job: worker.retry(job), "delayed", "job:retrying"),
    "fail": (lambda worker, job: worker.fail(job), "failed", "job:failed"),
    "release": (lambda worker, job: worker.release(job), "waiting", "job:released"),
    "snooze": (lambda worker, job: worker.release(job, delay_ms=500, reason="snoozed"), "delayed", "job:released"),
    "abandon": (lambda worker, job: worker.abandon(job), "cancelled", "job:cancelled"),
}
each_verb = pytest.mark.parametrize("name", VERBS)


@each_verb
def test_an_outcome_moves_the_job_frees_its_lease_and_emits_one_event(board: Board, worker: Worker, name: str) -> None:
    verb, state, event = VERBS[name]
    id = board.enqueue()
    assert verb(worker, worker.take()) == ["OK"]
    job = board.job(id)
    assert (job.state, job.version) == (state, 3)
    assert board.told(id)[2:] == [(event, 3)]
    assert board.links.call("ZCARD", board.key(keys.LEASES)) == 0
    assert (job.finished_at is not None) == (state in ("completed", "failed", "cancelled"))


@each_verb
def test_an_outcome_whose_reply_was_lost_is_written_once(board: Board, worker: Worker, name: str) -> None:
    verb, state, _ = VERBS[name]
    id = board.enqueue()
    job = worker.take()
    assert [verb(worker, job) for _ in range(3)] == [["OK"]] * 3
    assert (board.state(id), board.job(id).version) == (state, 3)
    assert len(board.told(id)) == 3


@each_verb
def test_a_worker_that_lost_its_lease_is_refused(board: Board, worker: Worker, name: str) -> None:
    verb, _, _ = VERBS[name]
    id = board.enqueue()
    lost = worker.take()
    board.advance(LEASE_MS)
    worker.rescue()
    second = board.hire(name="second").take()
    before = board.told(id)
    assert verb(worker, lost) == ["LOST"]
    assert (board.state(id), board.told(id)) == ("active", before)
    assert (second.fence, second.attempt) == (2, 2)


@each_verb
def test_an_outcome_for_a_job_that_nobody_knows_is_refused(board: Board, worker: Worker, name: str) -> None:
    assert VERBS[name][0](worker, Taken("01ABCDEFGHJKMNPQRSTVWXYZ00", 1, 1, {})) == ["LOST"]


@each_verb
def test_outcomes_of_several_queues_are_written_together_each_with_its_own_answer(board: Board, name: str) -> None:
    worker = board.hire("one", "two", name="both")
    ids = [board.enqueue(queue) for queue in ("one", "two", "two")]
    jobs = worker.fetch(3)
    VERBS[name][0](worker, jobs[0])
    verb = {"snooze": "release"}.get(name, name)
    extra = {"snooze": {"delay_ms": 500, "reason": "snoozed"}}.get(name, {})
    stranger = Taken("01ABCDEFGHJKMNPQRSTVWXYZ00", 1, 1, {})
    assert getattr(worker, verb)(*jobs, stranger, **extra) == ["OK", "OK", "OK", "LOST"]
    assert board.states(*ids) == [VERBS[name][1]] * 3


def test_a_result_is_kept(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    worker.complete(worker.take(), result={"pages": 12, "title": "Über α"})
    assert board.store.result(id) == {"pages": 12, "title": "Über α"}


# S4.39
def test_a_retry_is_delayed_for_exactly_its_time_spends_the_attempt_and_keeps_the_error(
    board: Board, worker: Worker
) -> None:
    id = board.enqueue()
    worker.retry(worker.take(), delay_ms=2_000)
    job = board.job(id)
    assert (job.reason, job.attempt, job.crashes) == ("retry", 1, 0)
    assert board.store.errors(id)[0]["attempt"] == 1
    assert board.store.errors(id)[0]["failure"]["message"] == "the disk is on fire"
    board.advance(1_999)
    assert worker.fetch() == []
    board.advance(1)
    assert worker.take().attempt == 2


def test_a_retry_after_a_crash_of_the_child_counts_as_a_crash_too(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    worker.retry(worker.take(), crash=True)
    assert board.job(id).crashes == 1


def test_a_retry_at_once_is_still_a_moment_later(board: Board, worker: Worker) -> None:
    board.enqueue()
    worker.retry(worker.take(), delay_ms=0)
    assert worker.fetch() == []
    assert worker.next_ms == 1


def test_only_the_newest_hundred_errors_are_kept(board: Board, worker: Worker) -> None:
    id = board.enqueue(attempts=200)
    for _ in range(105):
        worker.retry(worker.take(), delay_ms=1)
        board.advance(1)
    errors = board.store.errors(id)
    assert [errors[0]["attempt"], errors[-1]["attempt"], len(errors)] == [6, 105, 100]


def test_a_released_job_gets_its_attempt_back_but_keeps_its_fence(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    worker.release(worker.take())
    assert (board.job(id).attempt, board.job(id).fence) == (0, 1)
    again = worker.take()
    assert (again.attempt, again.fence) == (1, 2)


def test_a_released_job_goes_back_to_the_place_it_had(board: Board, worker: Worker) -> None:
    first = board.enqueue()
    board.advance(10)
    board.enqueue_many(5)
    worker.release(worker.take())
    assert worker.take().id == first


def test_a_released_job_with_a_fairness_key_goes_before_those_of_its_key(board: Board, worker: Worker) -> None:
    ids = board.enqueue_many(50, fairness="ada")
    board.enqueue_many(50, fairness="bob")
    job = worker.take()
    worker.release(job)
    assert job.id in ids[:1] + [worker.take().id for _ in range(2)]
    assert board.state(job.id) == "active"


def test_a_snoozed_job_says_why_and_until_when(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    worker.release(worker.take(), delay_ms=500, reason="snoozed")
    job = board.job(id)
    assert (job.reason, job.attempt) == ("snoozed", 0)
    assert job.due_at is not None
    assert round(job.due_at.timestamp() * 1000) == START_MS + 500


# S3.26
def test_a_job_of_an_unknown_type_runs_as_soon_as_a_worker_comes_that_knows_it(board: Board, worker: Worker) -> None:
    id = board.enqueue(type="new_type")
    worker.release(worker.take(), delay_ms=10_000, reason="no_worker", park="type:new_type")
    assert worker.fetch() == []
    assert worker.say("register", "second", LEASE_MS, "{}", "old_type") == 0
    assert worker.say("register", "second", LEASE_MS, "{}", "old_type", "new_type") == 1
    assert worker.take().id == id
    assert board.links.call("EXISTS", board.key(keys.PARKED, "type:new_type")) == 0


@pytest.mark.parametrize("name", ["retry", "release", "snooze", "abandon"])
def test_a_job_that_stops_after_its_cancellation_was_asked_for_is_cancelled(
    board: Board, worker: Worker, name: str
) -> None:
    id = board.enqueue()
    job = worker.take()
    board.client.cancel(id)
    assert [VERBS[name][0](worker, job) for _ in range(2)] == [["OK"], ["OK"]]
    assert board.state(id) == "cancelled"
    assert board.told(id)[2:] == [("job:cancelling", 3), ("job:cancelled", 4)]


@pytest.mark.parametrize(("name", "state"), [("complete", "completed"), ("fail", "failed")])
def test_a_job_that_was_over_before_it_heard_of_its_cancellation_stays_what_it_is(
    board: Board, worker: Worker, name: str, state: str
) -> None:
    id = board.enqueue()
    job = worker.take()
    board.client.cancel(id)
    VERBS[name][0](worker, job)
    assert board.state(id) == state
