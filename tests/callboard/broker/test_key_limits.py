"""Limits of keys: parked jobs, exact due times, neighbours that go on, slots that are handed on."""

import json
import random

from callboard.broker import keys
from callboard.jobs.policy import KeyLimit, RateLimit
from tests.jobs import LEASE_MS, START_MS, Board, Worker

OPENAI = (KeyLimit("openai", concurrency=2),)
RATED = (KeyLimit("rated", rate=RateLimit(2, 60)),)


def parked(board: Board, key: str) -> list[str]:
    ids: list[str] = board.links.call("ZRANGE", board.key(keys.PARKED, key), 0, -1)
    return ids


def due_ms(board: Board, id: str) -> int:
    due = board.job(id).due_at
    assert due is not None
    return round(due.timestamp() * 1000)


def test_no_more_jobs_of_a_key_run_than_its_cap_over_all_queues_and_workers(board: Board) -> None:
    ids = [board.enqueue(queue, limits=OPENAI) for queue in ("one", "two", "one", "two")]
    first, second = board.hire("one", name="a"), board.hire("two", name="b")
    started = {job.id for _ in range(3) for worker in (first, second) for job in worker.fetch()}
    assert started == set(ids[:2])
    assert board.store.counts("one")["delayed"] + board.store.counts("two")["delayed"] == 2
    assert parked(board, "openai") == ids[2:]


def test_a_parked_job_says_why_and_costs_no_attempt(board: Board, worker: Worker) -> None:
    ids = [board.enqueue(limits=OPENAI) for _ in range(3)]
    worker.fetch(5)
    job = board.job(ids[2])
    assert (job.state, job.reason, job.attempt, job.fence) == ("delayed", "limited", 0, 0)
    assert board.told(ids[2]) == [("job:added", 1), ("job:parked", 2)]
    assert json.loads(board.events(ids[2])[-1].data)["key"] == "openai"


def test_neighbours_with_other_keys_go_on(board: Board, worker: Worker) -> None:
    board.enqueue_many(50, limits=OPENAI)
    free = board.enqueue()
    other = board.enqueue(limits=(KeyLimit("anthropic", concurrency=1),))
    started = [job.id for _ in range(30) for job in worker.fetch(4)]
    assert {free, other} <= set(started)
    assert len(started) == 4


def test_a_freed_place_goes_to_the_first_that_waits_for_it(board: Board, worker: Worker) -> None:
    ids = board.enqueue_many(5, limits=OPENAI)
    order: list[str] = []
    running = worker.fetch(9)
    while running:
        order += [job.id for job in running[:1]]
        worker.complete(running.pop(0))
        running += worker.fetch(9)
    assert order == ids


def test_places_are_freed_by_every_way_of_stopping(board: Board, worker: Worker) -> None:
    limits = (KeyLimit("single", concurrency=1),)
    endings = {
        "retry": {"delay_ms": 500_000},
        "release": {"delay_ms": 500_000},
        "fail": {},
        "abandon": {},
        "complete": {},
    }
    for ending, options in endings.items():
        board.enqueue(limits=limits)
        waits = board.enqueue(limits=limits)
        (job,) = worker.fetch(5)
        getattr(worker, ending)(job, **options)
        assert board.state(waits) == "waiting", ending
        worker.complete(worker.take())
    board.enqueue(limits=limits)
    waits = board.enqueue(limits=limits)
    worker.fetch(5)
    board.advance(LEASE_MS)
    worker.rescue(max_crashes=1)
    assert worker.take().id == waits


def test_a_parked_job_keeps_its_turn_before_those_that_came_later(board: Board, worker: Worker) -> None:
    limits = (KeyLimit("single", concurrency=1),)
    board.enqueue(limits=limits)
    early = board.enqueue(limits=limits)
    (job,) = worker.fetch(2)
    board.advance(1_000)
    board.enqueue_many(10)
    worker.complete(job)
    assert worker.take().id == early


def test_the_rate_of_a_key_gives_each_parked_job_the_time_of_its_own_start(board: Board, worker: Worker) -> None:
    ids = board.enqueue_many(3, limits=RATED)
    assert len(worker.fetch(1)) == 1
    board.advance(10_000)
    assert [job.id for job in worker.fetch(9)] == ids[1:2]
    ids += board.enqueue_many(3, limits=RATED)
    worker.fetch(9)
    assert [due_ms(board, id) - START_MS for id in ids[2:]] == [60_000, 70_000, 120_000, 130_000]


def test_rated_jobs_start_in_order_at_the_full_rate_while_others_end(board: Board, worker: Worker) -> None:
    ids = board.enqueue_many(10, limits=RATED)
    starts: dict[str, int] = {}
    while len(starts) < len(ids):
        for job in worker.fetch(4):
            starts[job.id] = board.now - START_MS
            board.advance(100)
            worker.complete(job)
        board.advance(max(worker.next_ms, 1))
    assert list(starts) == ids
    slots = [time // 60_000 for time in starts.values()]
    assert slots == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_a_key_with_a_rate_and_a_cap_keeps_both(board: Board, worker: Worker) -> None:
    limits = (KeyLimit("both", rate=RateLimit(2, 60), concurrency=1),)
    ids = board.enqueue_many(4, limits=limits)
    order = []
    for _ in range(40):
        for job in worker.fetch(4):
            assert len(board.links.call("SMEMBERS", board.key(keys.LIMIT_ACTIVE, "both"))) == 1
            order.append((job.id, board.now))
            board.advance(1_000)
            worker.complete(job)
        board.advance(2_000)
    assert [id for id, _ in order] == ids
    assert order[2][1] >= order[0][1] + 60_000


def test_a_job_of_two_keys_needs_both(board: Board, worker: Worker) -> None:
    user, model = KeyLimit("user", concurrency=1), KeyLimit("model", concurrency=1)
    first = board.enqueue(limits=(user,))
    second = board.enqueue(limits=(model,))
    both = board.enqueue(limits=(user, model))
    running = {job.id: job for job in worker.fetch(5)}
    assert set(running) == {first, second}
    worker.complete(running[first])
    assert worker.fetch(5) == []
    worker.complete(running[second])
    assert worker.take().id == both


def test_a_hold_parks_all_jobs_of_a_key_until_it_is_over(board: Board, worker: Worker) -> None:
    limits = (KeyLimit("service"),)
    board.control.throttle("service", hold=30)
    id = board.enqueue(limits=limits)
    assert worker.fetch() == []
    assert due_ms(board, id) == START_MS + 30_000
    board.advance(30_000)
    assert worker.take().id == id


def test_a_hold_that_is_lifted_lets_its_jobs_go_at_once(board: Board, worker: Worker) -> None:
    board.control.throttle("service", hold=3_000)
    id = board.enqueue(limits=(KeyLimit("service"),))
    worker.fetch()
    board.control.throttle("service", hold=0)
    assert board.token()
    assert worker.take().id == id


def test_limits_set_by_an_operator_win_over_those_of_the_call_and_work_at_once(board: Board, worker: Worker) -> None:
    board.enqueue_many(6, limits=OPENAI)
    board.control.throttle("openai", concurrency=1)
    assert len(worker.fetch(6)) == 1
    board.control.throttle("openai", concurrency=4)
    assert len(worker.fetch(6)) == 3


def test_cancelling_promoting_and_draining_take_a_parked_job_out_of_the_line_of_its_key(
    board: Board, worker: Worker
) -> None:
    ids = board.enqueue_many(5, limits=OPENAI)
    worker.fetch(5)
    assert parked(board, "openai") == ids[2:]
    board.client.cancel(ids[2])
    assert parked(board, "openai") == ids[3:]
    board.client.promote(ids[3])
    assert parked(board, "openai") == ids[4:]
    board.control.drain("default", delayed=True)
    assert parked(board, "openai") == []
    assert board.states(*ids[2:]) == ["cancelled"] * 3


def test_a_promoted_job_is_parked_again_while_its_key_is_full(board: Board, worker: Worker) -> None:
    ids = board.enqueue_many(3, limits=OPENAI)
    worker.fetch(5)
    board.client.promote(ids[2])
    assert worker.fetch(5) == []
    assert parked(board, "openai") == [ids[2]]


def test_a_place_that_a_job_of_two_keys_cannot_take_goes_to_the_next(board: Board, worker: Worker) -> None:
    user, model = KeyLimit("user", concurrency=1), KeyLimit("model", concurrency=1)
    first = board.enqueue(limits=(user,))
    (running,) = worker.fetch(5)
    both, last = board.enqueue(limits=(user, model)), board.enqueue(limits=(user,))
    assert worker.fetch(5) == []
    blocker = board.enqueue(limits=(model,))
    assert [job.id for job in worker.fetch(5)] == [blocker]
    worker.complete(running)
    started = [job.id for _ in range(3) for job in worker.fetch(5)]
    assert (running.id, started) == (first, [last])
    assert parked(board, "model") == [both]


def test_jobs_of_many_keys_are_not_handed_to_and_fro(board: Board, worker: Worker) -> None:
    rng = random.Random(3)
    limits = [KeyLimit(f"key-{n}", rate=RateLimit(3, 60), concurrency=1 + n % 2) for n in range(4)]
    ids = [board.enqueue(limits=tuple(rng.sample(limits, rng.randint(1, 3)))) for _ in range(40)]
    fetches, done = 0, 0
    while done < len(ids):
        while jobs := worker.fetch(4):
            fetches += 1
            for job in rng.sample(jobs, len(jobs)):
                worker.complete(job)
            done += len(jobs)
        while board.token():
            fetches += 1
            taken = worker.fetch(4)
            worker.complete(*taken)
            done += len(taken)
        board.advance(5_000)
        assert fetches < 2_000
    assert board.states(*ids) == ["completed"] * 40
