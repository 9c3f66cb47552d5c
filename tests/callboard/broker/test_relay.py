import time
from datetime import timedelta

import pytest

from callboard.broker.keys import RELAYED
from callboard.broker.relay import MARK_KEPT, MARK_KEPT_AFTER, WITHIN, Relay
from callboard.jobs.clock import duration_ms
from tests.callboard.broker.keyspace import strangers
from tests.jobs import Board, make_call


@pytest.fixture
def desk(board: Board) -> Relay:
    return Relay(board.links)


def test_calls_become_jobs_as_by_an_enqueue(board: Board, desk: Relay) -> None:
    now, later = make_call(tags=("a",)), make_call("other", delay=60.0)
    assert desk.relay([now, later], desk.deadline_ms(time.monotonic()))
    assert board.states(now.id, later.id) == ["waiting", "delayed"]
    assert board.job(now.id).tags == ["a"]
    assert board.store.queues() == ["default", "other"]
    assert board.token()


def test_a_call_that_comes_again_is_no_job_again_though_its_job_is_over_and_forgotten(
    board: Board, desk: Relay
) -> None:
    call = make_call()
    desk.relay([call], desk.deadline_ms(time.monotonic()))
    board.worker.run_all()
    assert board.client.remove(call.id) == ["REMOVED"]
    assert desk.relay([call], desk.deadline_ms(time.monotonic()))
    assert board.states(call.id) == ["gone"]


def test_the_same_call_twice_in_a_batch_is_one_job(board: Board, desk: Relay) -> None:
    call = make_call()
    desk.relay([call, call], desk.deadline_ms(time.monotonic()))
    assert len(board.worker.fetch(5)) == 1


def test_a_call_whose_unique_key_is_held_is_no_job_even_when_it_comes_again_after_the_holder(
    board: Board, desk: Relay
) -> None:
    holder = board.enqueue(unique="u")
    call = make_call(unique="u")
    desk.relay([call], desk.deadline_ms(time.monotonic()))
    board.worker.run_all()
    desk.relay([call], desk.deadline_ms(time.monotonic()))
    assert board.states(holder, call.id) == ["completed", "gone"]


def test_one_who_stood_still_since_it_saw_the_row_does_nothing(board: Board, desk: Relay) -> None:
    call, deadline = make_call(), board.now + duration_ms(WITHIN)
    board.advance(duration_ms(WITHIN))
    assert desk.relay([make_call()], deadline)
    board.advance(1)
    assert not desk.relay([call], deadline)
    assert board.states(call.id) == ["gone"]


def test_the_deadline_counts_from_when_the_row_was_seen(board: Board, desk: Relay) -> None:
    given = desk.deadline_ms(time.monotonic() - 4) - board.now
    assert duration_ms(WITHIN) - 6000 < given <= duration_ms(WITHIN) - 4000


def test_a_mark_outlives_whoever_saw_the_row_and_then_goes(board: Board, desk: Relay) -> None:
    call = make_call()
    mark = board.key(RELAYED, call.id)
    desk.relay([call], desk.deadline_ms(time.monotonic()))
    assert MARK_KEPT - timedelta(minutes=1) < left(board, mark) <= MARK_KEPT
    desk.unmark([call.id, "never-relayed"])
    assert MARK_KEPT_AFTER - timedelta(seconds=10) < left(board, mark) <= MARK_KEPT_AFTER
    assert WITHIN + timedelta(seconds=30) < MARK_KEPT_AFTER
    assert list(strangers(board.links)) == []


def left(board: Board, key: str) -> timedelta:
    return timedelta(milliseconds=board.links.call("PTTL", key))
