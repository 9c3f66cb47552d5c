import json
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from callboard.history.durations import RecentDurations
from callboard.history.estimates import estimate, slots_of
from callboard.jobs.clock import from_ms
from callboard.jobs.estimate import BASES, Estimate
from callboard.jobs.policy import RateLimit
from tests.callboard.history.failing import finished
from tests.jobs import Board


@pytest.fixture
def board(valkey_url: str, prefix: str) -> Iterator[Board]:
    board = Board(valkey_url, prefix)
    yield board
    board.close()


@pytest.fixture
def history(database: Engine) -> RecentDurations:
    """A second is what an `add` takes, four seconds a `report`."""
    finished(database, 20, type="add", run_ms=1_000)
    finished(database, 20, type="report", run_ms=4_000)
    return RecentDurations(database)


def register(board: Board, *queues: str, threads: int = 1, name: str = "crew") -> None:
    about = json.dumps({"queues": queues, "threads": threads})
    board.links.call(*board.links.script("register", name, 60_000, about))


def after(board: Board, seconds: float) -> datetime:
    moment = from_ms(board.now)
    assert moment
    return moment + timedelta(seconds=seconds)


def of(board: Board, history: RecentDurations | None, id: str) -> Estimate:
    return estimate(board.store, history, board.job(id))


def test_a_waiting_job_starts_when_those_before_it_are_done(board: Board, history: RecentDurations) -> None:  # S4.32
    register(board, "default", threads=2)
    board.enqueue_many(6)
    last = board.enqueue(type="report")
    assert of(board, history, last) == Estimate(6, after(board, 3), after(board, 7), "history")


def test_what_runs_counts_with_what_it_needs_yet(board: Board, history: RecentDurations) -> None:
    register(board, "default", threads=2)
    board.enqueue_many(2)
    board.worker.fetch(2)
    id = board.enqueue()
    board.advance(400)
    assert of(board, history, id).starts_at == after(board, 0.6)
    board.advance(5_000)
    assert of(board, history, id).starts_at == after(board, 0)


def test_a_long_line_is_estimated_from_its_beginning(board: Board, history: RecentDurations) -> None:
    register(board, "default", threads=4)
    board.enqueue_many(2_000)
    found = of(board, history, board.enqueue())
    assert (found.place, found.starts_at) == (2_000, after(board, 500))


def test_types_without_history_are_taken_for_usual_ones(board: Board, history: RecentDurations) -> None:
    register(board, "default")
    board.enqueue(type="new")
    board.enqueue(type="add")
    found = of(board, history, board.enqueue(type="new"))
    assert found == Estimate(2, after(board, 2), None, "history")


@pytest.mark.parametrize("known", [True, False])
def test_a_job_with_a_free_slot_starts_now(board: Board, history: RecentDurations, known: bool) -> None:
    register(board, "default", threads=2)
    board.enqueue()
    id = board.enqueue()
    found = of(board, history if known else None, id)
    assert found == Estimate(1, after(board, 0), after(board, 1) if known else None, "history" if known else "slots")


def test_nothing_is_said_where_there_is_nothing_to_go_by(board: Board, history: RecentDurations) -> None:
    board.enqueue(type="new")
    second = board.enqueue(type="new")
    assert of(board, history, second) == Estimate(1)  # no worker
    register(board, "default")
    assert of(board, history, second) == Estimate(1)  # no history
    assert of(board, None, second) == Estimate(1)
    board.control.pause("default")
    known = board.enqueue()
    assert of(board, history, known) == Estimate(2)  # paused
    for state in ("blocked", "completed", "failed", "cancelled"):
        assert of(board, history, board.job_in(state, f"of-{state}")) == Estimate()


def test_the_cap_and_the_rate_of_a_queue_are_kept(board: Board, history: RecentDurations) -> None:
    register(board, "default", threads=50)
    board.enqueue_many(10)
    id = board.enqueue()
    board.control.limit("default", concurrency=1)
    assert of(board, history, id).starts_at == after(board, 10)
    board.control.limit("default", concurrency=0, rate=RateLimit(2, 60))
    assert of(board, history, id).starts_at == after(board, 300)


def test_threads_are_shared_with_other_queues_that_wait(board: Board) -> None:
    register(board, "default", "mail", "idle", threads=8, name="a")
    register(board, "default", threads=3, name="b")
    register(board, "mail", threads=100, name="c")
    queue = board.store.queue("default")
    assert slots_of(board.store, queue) == 11
    board.enqueue("mail")
    assert slots_of(board.store, queue) == 7


def test_a_running_job_finishes_by_its_progress_or_by_history(board: Board, history: RecentDurations) -> None:
    job_id = board.enqueue()
    (job,) = board.worker.fetch(1)
    board.advance(300)
    started = board.job(job_id).started_at
    assert of(board, history, job_id) == Estimate(None, started, after(board, 0.7), "history")
    assert of(board, None, job_id) == Estimate(None, started)
    board.worker.say("progress", job.id, job.fence, json.dumps({"percent": 10, "eta_ms": 2_700}))
    assert of(board, None, job_id) == Estimate(None, started, after(board, 2.7), "progress")


def test_a_job_that_outran_all_others_has_no_expected_end(board: Board, history: RecentDurations) -> None:
    id = board.job_in("active")
    board.advance(60_000)
    assert of(board, history, id) == Estimate(None, board.job(id).started_at)


def test_a_delayed_job_starts_when_it_is_due(board: Board, history: RecentDurations) -> None:
    id = board.job_in("delayed")
    assert of(board, history, id) == Estimate(None, after(board, 60), after(board, 61), "due")
    assert of(board, None, id) == Estimate(None, after(board, 60), None, "due")


def test_every_basis_has_its_words(board: Board, history: RecentDurations) -> None:
    assert set(BASES) == {"progress", "history", "due", "slots"}
