import pytest
from dramatiq.threading import raise_thread_exception

from callboard.broker.keys import QUEUES, SETTINGS, WORKERS
from callboard.jobs.errors import JobTimeout
from callboard.jobs.policy import Queue
from tests.callboard.worker.conftest import Stage
from tests.waiting import wait_until

NARROW = Queue("narrow", concurrency=2)


def test_after_a_flush_the_worker_is_listed_and_the_limits_of_its_queues_are_set_again(stage: Stage) -> None:
    stage.job(lambda: None, name="nothing", queue=NARROW)
    stage.work()
    store, links = stage.broker.store, stage.broker.links
    wait_until(lambda: store.workers() and store.queue("narrow").concurrency == 2)
    links.call("DEL", *(key(links.prefix) for key in (WORKERS, QUEUES)), SETTINGS(links.prefix, "narrow"))
    wait_until(lambda: store.queue("narrow").concurrency == 2, seconds=15)
    wait_until(store.workers, seconds=15)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_has_died_is_replaced(stage: Stage) -> None:
    actor = stage.job(lambda: 42, name="answer")
    stage.threads = 1
    stage.work()
    assert stage.worker
    (thread,) = stage.worker.workers
    raise_thread_exception(thread.ident, JobTimeout)
    wait_until(lambda: not thread.is_alive(), seconds=15)
    assert stage.ended(actor.send()).result == 42
    assert len(stage.worker.workers) == 1
