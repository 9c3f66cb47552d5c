"""An idle worker waits on the server: whatever gives it something to do must leave a token for it."""

from collections.abc import Callable

import pytest

from callboard.broker import keys
from callboard.jobs.flow import chain
from callboard.jobs.policy import KeyLimit, RateLimit
from tests.jobs import LEASE_MS, Board, make_call

LIMITS = (KeyLimit("single", concurrency=1),)
Story = Callable[[Board], Callable[[], object]]


def _enqueue(board: Board) -> Callable[[], object]:
    return board.enqueue


def _bulk(board: Board) -> Callable[[], object]:
    return lambda: board.enqueue_many(300)


def _flow(board: Board) -> Callable[[], object]:
    return lambda: board.start(chain(make_call(), make_call()))


def _delayed_first(board: Board) -> Callable[[], object]:
    return lambda: board.enqueue(delay=60.0)


def _delayed_earlier(board: Board) -> Callable[[], object]:
    board.enqueue(delay=60.0)
    return lambda: board.enqueue(delay=30.0)


def _released(board: Board) -> Callable[[], object]:
    board.enqueue()
    job = board.worker.take()
    return lambda: board.worker.release(job)


def _retried(board: Board) -> Callable[[], object]:
    board.enqueue()
    job = board.worker.take()
    return lambda: board.worker.retry(job, delay_ms=5_000)


def _rescued(board: Board) -> Callable[[], object]:
    board.enqueue()
    board.worker.take()
    board.advance(LEASE_MS)
    return board.worker.rescue


def _resumed(board: Board) -> Callable[[], object]:
    board.control.pause("default")
    board.enqueue()
    return lambda: board.control.resume("default")


def _freed_place(board: Board) -> Callable[[], object]:
    board.control.limit("default", concurrency=1)
    board.enqueue_many(2)
    job = board.worker.take()
    return lambda: board.worker.complete(job)


def _freed_key(board: Board) -> Callable[[], object]:
    board.enqueue_many(2, limits=LIMITS)
    (job,) = board.worker.fetch(2)
    return lambda: board.worker.complete(job)


def _freed_step(board: Board) -> Callable[[], object]:
    board.start(chain(make_call(), make_call()))
    job = board.worker.take()
    return lambda: board.worker.complete(job)


def _promoted(board: Board) -> Callable[[], object]:
    id = board.enqueue(delay=60.0)
    return lambda: board.client.promote(id)


def _rerun(board: Board) -> Callable[[], object]:
    id = board.job_in("failed")
    return lambda: board.client.rerun(id)


def _lifted(board: Board) -> Callable[[], object]:
    board.control.limit("default", rate=RateLimit(1, 60))
    board.enqueue_many(2)
    board.worker.fetch(2)
    return lambda: board.control.unlimit_rate("default")


def _left_behind(board: Board) -> Callable[[], object]:
    board.enqueue_many(3)
    board.token()
    return board.worker.take


STORIES = [value for name, value in list(globals().items()) if name.startswith("_") and name[1:2].isalpha()]


# S4.36
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__[1:])
def test_an_idle_worker_is_woken(board: Board, story: Story) -> None:
    act = story(board)
    while board.token():
        pass
    act()
    assert board.token(), "a token for an idle worker"
    assert not board.token(), "one token and no more"


def test_a_later_delayed_job_wakes_nobody(board: Board) -> None:
    board.enqueue(delay=30.0)
    board.token()
    board.enqueue(delay=60.0)
    assert not board.token()


def test_a_token_that_nobody_took_is_not_doubled(board: Board) -> None:
    board.enqueue_many(5)
    board.enqueue_many(5)
    assert board.links.call("LLEN", board.key(keys.WAKE, "default")) == 1


def test_a_full_queue_leaves_no_token_that_would_make_a_worker_run_in_circles(board: Board) -> None:
    board.control.limit("default", concurrency=1)
    board.enqueue_many(5)
    board.worker.take()
    while board.token():
        pass
    assert board.worker.fetch(3) == []
    assert not board.token()
