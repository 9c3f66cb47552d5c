from datetime import UTC, datetime
from typing import Any

import pytest

from callboard.broker import keys
from callboard.jobs.call import Call
from callboard.jobs.encoding import NotJson, TooLarge
from callboard.jobs.policy import KeyLimit, Retry
from tests.jobs import START_MS, Board, Worker, make_call


# S1.1 S1.9
def test_a_call_becomes_a_waiting_job_with_its_record_and_one_event(board: Board) -> None:
    id = board.enqueue(args=(1, "two"), kwargs={"three": 3}, tags=("night",), meta={"user": "ada"})
    job = board.job(id)
    assert (job.state, job.version, job.attempt, job.attempts) == ("waiting", 1, 0, 3)
    assert (job.args, job.kwargs, job.tags, job.meta) == ([1, "two"], {"three": 3}, ["night"], {"user": "ada"})
    assert job.enqueued_at == datetime.fromtimestamp(START_MS / 1000, UTC)
    assert board.told(id) == [("job:added", 1)]


def test_only_what_differs_from_the_defaults_is_kept(board: Board) -> None:
    id = board.client.enqueue(Call("add", "default"))
    record = board.links.call("HGETALL", board.key(keys.JOB, id))
    assert sorted(record[::2]) == ["attempts", "enqueued_ms", "queue", "state", "type", "version"]


def test_every_field_of_a_record_is_in_the_table(board: Board) -> None:
    limits = (KeyLimit("user:{user}", concurrency=2),)
    options: dict[str, Any] = {
        "kwargs": {"user": 7},
        "unique": "u",
        "fairness": "f",
        "priority": 1,
        "timeout": 5.0,
        "isolated": True,
    }
    ids = [board.enqueue(limits=limits, memory_mb=9, retry=Retry(attempts=9), options={"x": 1}, **options)]
    ids += [board.job_in(state, f"q-{state}") for state in ("delayed", "blocked", "active", "completed", "failed")]
    for id in ids:
        names = board.links.call("HGETALL", board.key(keys.JOB, id))[::2]
        assert set(names) <= keys.RECORD_FIELDS.keys()


def test_a_delayed_call_waits_for_its_time_and_says_why(board: Board) -> None:
    id = board.enqueue(delay=1.5)
    job = board.job(id)
    assert (job.state, job.reason) == ("delayed", "scheduled")
    assert job.due_at == datetime.fromtimestamp((START_MS + 1_500) / 1000, UTC)


def test_a_time_to_run_at_wins_over_a_delay_and_one_in_the_past_is_now(board: Board, worker: Worker) -> None:
    later = board.enqueue(delay=1.0, run_at=datetime.fromtimestamp((START_MS + 9_000) / 1000, UTC))
    past = board.enqueue(run_at=datetime(2001, 1, 1, tzinfo=UTC))
    assert board.states(later, past) == ["delayed", "waiting"]
    board.advance(8_999)
    assert [job.id for job in worker.fetch(5)] == [past]
    assert worker.next_ms == 1


def test_the_same_call_twice_is_one_job(board: Board) -> None:
    call = make_call()
    assert [board.client.enqueue(call) for _ in range(3)] == [call.id] * 3
    assert board.store.counts("default")["waiting"] == 1
    assert board.told(call.id) == [("job:added", 1)]


def test_a_unique_key_is_one_live_job_and_free_again_when_that_is_over(board: Board, worker: Worker) -> None:
    first = board.enqueue(unique="report-7")
    assert board.enqueue(unique="report-7") == first
    job = worker.take()
    assert board.enqueue(unique="report-7") == first
    worker.complete(job)
    assert board.enqueue(unique="report-7") != first


@pytest.mark.parametrize("ending", ["complete", "fail", "abandon"])
def test_a_repeat_after_the_end_does_not_take_the_unique_key_again(board: Board, worker: Worker, ending: str) -> None:
    call = make_call(unique="once")
    board.client.enqueue(call)
    getattr(worker, ending)(worker.take())
    assert board.client.enqueue(call) == call.id  # the reply had been lost
    assert board.enqueue(unique="once") != call.id


def test_a_unique_key_left_by_a_job_that_is_gone_is_taken_over(board: Board) -> None:
    board.links.call("SET", board.key(keys.UNIQUE, "left"), "01ABCDEFGHJKMNPQRSTVWXYZ00")
    id = board.enqueue(unique="left")
    assert board.state(id) == "waiting"


def test_a_batch_keeps_its_order_and_crosses_the_size_of_a_script_call(board: Board, worker: Worker) -> None:
    ids = board.enqueue_many(1_203)
    assert board.store.counts("default")["waiting"] == len(set(ids)) == 1_203
    assert worker.run_all() == ids


def test_a_batch_is_repeated_without_doubling(board: Board) -> None:
    calls = [make_call() for _ in range(600)]
    first = board.client.enqueue_many(calls)
    assert board.client.enqueue_many(calls) == first == [call.id for call in calls]
    assert board.store.counts("default")["waiting"] == 600


def test_a_batch_with_a_call_that_cannot_be_kept_is_refused_with_its_name(board: Board) -> None:
    with pytest.raises(NotJson, match="arguments of add"):
        board.client.enqueue_many([make_call(), make_call(args=(object(),))])
    with pytest.raises(TooLarge, match="arguments of add"):
        board.client.enqueue(make_call(args=("x" * 262_144,)))
    assert board.store.counts("default")["waiting"] == 0


def test_a_limit_key_that_lacks_its_argument_is_refused(board: Board) -> None:
    with pytest.raises(ValueError, match=r'limit key "user:\{user\}" needs the argument'):
        board.client.enqueue(make_call(limits=(KeyLimit("user:{user}", concurrency=1),)))
