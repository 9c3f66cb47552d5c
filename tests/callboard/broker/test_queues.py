"""The verbs of queues: pause, resume, drain, clean, limit, declare, trim; and what limits promise at fetch."""

import json
import random
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callboard.broker import keys
from callboard.jobs.flow import chain, group
from callboard.jobs.policy import Queue, RateLimit, Retention
from tests.jobs import Board, Worker, make_call


def told_of_queue(board: Board) -> list[str]:
    return [json.loads(event.data)["status"] for event in board.events() if event.event == "queue:status"]


def test_nothing_is_fetched_from_a_paused_queue_and_what_runs_runs_on(board: Board, worker: Worker) -> None:
    running, waiting = board.enqueue_many(2)
    job = worker.take()
    for _ in range(2):
        board.control.pause("default")
    assert worker.fetch(5) == []
    assert worker.complete(job) == ["OK"]
    assert board.store.queue("default").paused
    for _ in range(2):
        board.control.resume("default")
    assert worker.take().id == waiting
    assert told_of_queue(board) == ["paused", "paused", "resumed", "resumed"]
    assert board.state(running) == "completed"


# S3.4
def test_a_cap_holds_over_all_workers(board: Board) -> None:
    board.control.limit("default", concurrency=3)
    board.enqueue_many(9)
    workers = [board.hire(name=f"worker-{n}") for n in range(4)]
    taken = [(worker, job) for worker in workers for job in worker.fetch(2)]
    assert len(taken) == 3
    for worker, job in taken[:2]:
        worker.complete(job)
    assert sum(len(worker.fetch(2)) for worker in workers) == 2
    board.control.limit("default", concurrency=0)
    assert sum(len(worker.fetch(5)) for worker in workers) == 4


def test_a_cap_below_what_runs_stops_nothing_and_starts_nothing(board: Board, worker: Worker) -> None:
    board.enqueue_many(6)
    jobs = worker.fetch(4)
    board.control.limit("default", concurrency=2)
    worker.complete(*jobs[:2])
    assert worker.fetch(5) == []
    worker.complete(jobs[2])
    assert len(worker.fetch(5)) == 1


def test_a_rate_tells_the_time_of_the_next_start(board: Board, worker: Worker) -> None:
    board.control.limit("default", rate=RateLimit(2, 10))
    board.enqueue_many(5)
    assert len(worker.fetch(1)) == 1
    board.advance(3_000)
    assert len(worker.fetch(5)) == 1
    assert worker.next_ms == 7_000
    board.advance(6_999)
    assert worker.fetch(5) == []
    board.advance(1)
    assert len(worker.fetch(5)) == 1
    board.control.unlimit_rate("default")
    assert len(worker.fetch(5)) == 2


@given(count=st.integers(1, 5), per_ms=st.integers(50_000, 90_000), seed=st.integers(0, 10**6))
@settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_in_any_window_no_more_jobs_start_than_the_rate_allows_and_not_many_less(
    board: Board, count: int, per_ms: int, seed: int
) -> None:
    rng, queue = random.Random(seed), f"rated-{seed}-{count}-{per_ms}"
    board.control.limit(queue, rate=RateLimit(count, per_ms / 1000))
    worker, starts = board.hire(queue, name="w"), list[int]()
    board.enqueue_many(30, queue)
    for _ in range(40):
        starts += [board.now for _ in worker.fetch(rng.randint(1, 4))]
        board.advance(rng.choice((1, worker.next_ms if worker.next_ms > 0 else 7, rng.randint(1, per_ms))))
    for start in starts:
        assert sum(start <= other < start + per_ms for other in starts) <= count
    board.advance(per_ms)
    assert len(worker.fetch(100)) == min(count, 30 - len(starts))


def test_draining_cancels_what_waits_and_if_asked_what_is_delayed(board: Board, worker: Worker) -> None:
    active = board.enqueue()
    worker.take()
    waiting, delayed = board.enqueue_many(3), board.enqueue_many(2, delay=60.0)
    assert board.control.drain("default") == 3
    assert board.states(*waiting, *delayed) == ["cancelled"] * 3 + ["delayed"] * 2
    board.enqueue()
    assert board.control.drain("default", delayed=True) == 3
    assert board.states(active, *delayed) == ["active", "cancelled", "cancelled"]
    assert board.control.drain("default", delayed=True) == 0
    assert board.told(delayed[0]) == [("job:added", 1), ("job:cancelled", 2)]


def test_draining_crosses_the_size_of_a_script_call(board: Board) -> None:
    board.enqueue_many(501)
    board.enqueue_many(601, delay=5.0)
    assert board.control.drain("default", delayed=True) == 1_102


def test_draining_leaves_jobs_of_other_queues_that_stand_in_the_line_by_mistake(board: Board) -> None:
    other = board.enqueue("elsewhere")
    board.links.call("ZADD", board.key(keys.WAITING, "default"), 0, other)
    board.links.call("SADD", board.key(keys.QUEUES), "default")
    board.control.drain("default")
    assert board.state(other) == "waiting"


@pytest.mark.parametrize("state", ["completed", "failed", "cancelled"])
def test_cleaning_forgets_what_is_old_enough(board: Board, state: str) -> None:
    old = board.job_in(state)
    board.advance(60_000)
    young = board.job_in(state)
    assert board.control.clean("default", state, timedelta(minutes=1)) == 1
    assert board.states(old, young) == ["gone", state]
    assert board.control.clean("default", state, timedelta(minutes=1)) == 0


# S3.27 S5.39
def test_cleaning_keeps_the_newest(board: Board, worker: Worker) -> None:
    ids = []
    for _ in range(10):
        ids.append(board.enqueue())
        worker.complete(worker.take())
        board.advance(1)
    assert board.control.clean("default", "completed", timedelta(hours=1), keep=4) == 6
    assert board.states(*ids) == ["gone"] * 6 + ["completed"] * 4


def test_cleaning_crosses_the_size_of_a_script_call(board: Board) -> None:
    board.client.cancel(*board.enqueue_many(1_203))
    assert board.control.clean("default", "cancelled", limit=600) == 600
    assert board.control.clean("default", "cancelled", limit=0) == 0
    assert board.control.clean("default", "cancelled", limit=1_000) == 603


def test_cleaning_steps_over_jobs_of_flows_that_still_run(board: Board, worker: Worker) -> None:
    board.start(group(*[make_call() for _ in range(600)], make_call("later")))
    worker.complete(*worker.fetch(300))
    worker.complete(*worker.fetch(300))
    board.advance(1)
    board.enqueue_many(3)
    worker.complete(*worker.fetch(3))
    assert board.control.clean("default", "completed") == 3
    board.hire("later", name="w").run_all()
    assert board.control.clean("default", "completed") == 600


def test_only_finished_jobs_can_be_cleaned(board: Board) -> None:
    with pytest.raises(ValueError, match='got "active"'):
        board.control.clean("default", "active")


def test_what_a_deploy_declares_leaves_alone_what_an_operator_set(board: Board) -> None:
    board.control.declare(Queue("default", concurrency=2, rate=RateLimit(5, 60)))
    assert board.store.queue("default").concurrency == 2
    board.control.declare(Queue("default", concurrency=3))
    status = board.store.queue("default")
    assert (status.concurrency, status.rate_count) == (3, None)
    board.control.limit("default", concurrency=9)
    board.control.declare(Queue("default", concurrency=4))
    assert board.store.queue("default").concurrency == 9


# S2.43
def test_retention_is_that_of_the_queue_where_it_has_its_own(board: Board) -> None:
    board.control.declare(Queue("short", retention={"completed": Retention(timedelta(seconds=5))}))
    short, long = board.job_in("completed", "short"), board.job_in("completed", "long")
    board.advance(5_000)
    assert board.control.forget_old() is False
    assert board.states(short, long) == ["gone", "completed"]
    board.advance(24 * 3_600_000)
    board.control.forget_old()
    assert board.state(long) == "gone"


def test_a_flow_is_forgotten_when_it_has_been_over_for_long_and_not_when_it_only_ran_for_long(
    board: Board, worker: Worker
) -> None:
    flow = board.start(chain(group(make_call(), make_call()), group(make_call(), make_call())))
    board.advance(8 * 24 * 3_600_000)
    worker.run_all()
    board.control.forget_old()
    assert board.store.flow(flow.id) is not None
    board.advance(7 * 24 * 3_600_000)
    board.control.forget_old()
    assert board.store.flow(flow.id) is None
    assert list(board.links.call("KEYS", f"{board.prefix}:*{flow.id}*")) == []


# S3.23
def test_a_caller_is_admitted_so_often_in_a_window_and_told_when_again(board: Board) -> None:
    rate = RateLimit(10, 60.0)
    assert [board.control.admit_caller("10.0.0.1", rate) for _ in range(10)] == [0.0] * 10
    board.advance(20_000)
    assert board.control.admit_caller("10.0.0.1", rate) == 40.0
    assert board.control.admit_caller("10.0.0.2", rate) == 0.0
    board.advance(40_000)
    assert board.control.admit_caller("10.0.0.1", rate) == 0.0
