"""The read side: one job, pages at any depth, counts, places, reasons, workers, flows."""

import json
from datetime import UTC, datetime

import pytest

from callboard.broker.errors import JobMissing, ResultMissing
from callboard.jobs.flow import chain, group
from callboard.jobs.policy import RateLimit
from callboard.jobs.states import STATES
from tests.jobs import LEASE_MS, START_MS, Board, Worker, make_call

UNKNOWN = "01ABCDEFGHJKMNPQRSTVWXYZ00"


def test_a_job_that_is_not_there_is_missing(board: Board) -> None:
    assert board.store.find(UNKNOWN) is None
    with pytest.raises(JobMissing, match=f"job {UNKNOWN} is unknown"):
        board.store.get(UNKNOWN)


def test_a_result_is_there_only_when_the_job_is_completed(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    with pytest.raises(ResultMissing, match="it is waiting") as caught:
        board.store.result(id)
    assert caught.value.state == "waiting"
    worker.complete(worker.take(), result=None)
    assert board.store.result(id) is None


# S1.13
def test_counts_know_every_state(board: Board) -> None:
    expected = dict.fromkeys(STATES, 0)
    for state in ("cancelled", "blocked", "failed", "completed", "active", "delayed", "waiting"):
        board.job_in(state, "mixed")
        expected[state] += 1
        assert board.store.counts("mixed") == expected


def test_pages_follow_the_order_of_running_and_do_not_overlap_at_any_depth(board: Board) -> None:
    ids = board.enqueue_many(1_000)
    pages = [[job.id for job in board.store.page("default", "waiting", offset, 100)] for offset in range(0, 1_000, 100)]
    assert [id for page in pages for id in page] == ids
    assert board.store.page("default", "waiting", 1_000) == []


def test_what_is_over_is_shown_newest_first(board: Board, worker: Worker) -> None:
    ids = []
    for _ in range(5):
        ids.append(board.enqueue())
        worker.complete(worker.take())
        board.advance(1)
    assert [job.id for job in board.store.page("default", "completed", 0, 3)] == ids[:1:-1]
    other = board.job_in("failed", "other")
    newest = board.store.newest(("completed", "failed"), ("default", "other"), 2)
    assert [job.id for job in newest] == [other, ids[-1]]


def test_the_place_of_a_waiting_job_is_how_many_are_before_it(board: Board) -> None:
    ids = board.enqueue_many(5)
    assert [board.store.place(board.job(id)) for id in ids] == [0, 1, 2, 3, 4]
    assert board.store.place(board.job(board.job_in("delayed"))) is None


# S1.10 S2.46 S5.38
def test_a_job_that_does_not_run_says_why(board: Board, worker: Worker) -> None:
    why = lambda id: board.store.why(board.job(id))
    waiting = board.enqueue()
    assert why(waiting) == ("no_worker", None)
    board.control.pause("default")
    assert why(waiting) == ("paused", None)
    assert why(board.job_in("blocked")) == ("blocked_by", None)
    due = datetime.fromtimestamp((START_MS + 60_000) / 1000, UTC)
    assert why(board.job_in("delayed", "later")) == ("scheduled", due)
    assert why(board.job_in("completed", "done")) is None


def test_a_job_is_limited_only_while_its_queue_is(board: Board, worker: Worker) -> None:
    worker.say("register", "w", 600_000, '{"queues":["default"]}')
    board.control.limit("default", rate=RateLimit(2, 600))
    ids = board.enqueue_many(3)
    worker.take()
    assert board.store.why(board.job(ids[2])) is None
    worker.take()
    assert board.store.why(board.job(ids[2])) == ("limited", datetime.fromtimestamp((board.now + 600_000) / 1000, UTC))
    board.control.unlimit_rate("default")
    assert board.store.why(board.job(ids[2])) is None
    board.control.limit("default", concurrency=2)
    assert board.store.why(board.job(ids[2])) == ("limited", None)


def test_a_queue_shows_its_settings(board: Board) -> None:
    board.control.limit("default", concurrency=4, rate=RateLimit(50, 60))
    status = board.store.queue("default")
    assert (status.concurrency, status.rate_count, status.rate_per_ms, status.paused) == (4, 50, 60_000, False)
    assert board.store.queues() == ["default"]


def test_workers_are_those_whose_lease_holds_by_the_clock_of_the_server(board: Board, worker: Worker) -> None:
    about = {"host": "a", "pid": 1, "queues": ["default"]}
    worker.say("register", "dead", LEASE_MS, json.dumps(about))
    board.advance(2 * LEASE_MS)
    worker.say("register", "alive", LEASE_MS, json.dumps(about))
    found = board.store.workers()
    assert [(status.id, status.about) for status in found] == [("alive", about)]


def test_a_flow_shows_its_steps_in_order_and_none_of_its_gates(board: Board) -> None:
    calls = [make_call() for _ in range(5)]
    flow = board.start(chain(group(*calls[:2]), group(*calls[2:4]), calls[4]), name="shown")
    status = board.store.flow(flow.id)
    assert status is not None
    assert status.members == [call.id for call in calls]
    assert (status.name, status.jobs, status.state, status.finished_at) == ("shown", 5, "active", None)
    assert board.store.flow(UNKNOWN) is None


def test_entries_that_somebody_has_damaged_are_shown_as_they_are(board: Board, worker: Worker) -> None:
    id = board.enqueue()
    job = worker.take()
    worker.say("log", id, job.fence, 1, "not json", '["a list"]')
    assert board.store.log(id) == [{"text": "not json"}, {"text": '["a list"]'}]
