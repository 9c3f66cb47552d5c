"""A broker over an empty part of the server, and S4's queue upon it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import dramatiq.broker
import pytest

from callboard.broker.broker import CallboardBroker
from callboard.broker.invariants import check
from callboard.facade import JobQueue
from callboard.jobs.identity import new_id
from callboard.jobs.settings import Settings
from callboard.worker.setup import set_up


@pytest.fixture
def settings(valkey_url: str, prefix: str) -> Settings:
    return replace(Settings(), redis_url=valkey_url, prefix=prefix, shutdown_timeout=timedelta(seconds=2))


@pytest.fixture
def broker(settings: Settings) -> Iterator[CallboardBroker]:
    """The broker of this process; what it leaves behind keeps all invariants."""
    before = dramatiq.broker.global_broker
    broker = set_up(settings=settings)
    yield broker
    wrong = check(broker.links)
    broker.close()
    dramatiq.broker.global_broker = before
    assert wrong == []


@pytest.fixture
def queue(broker: CallboardBroker) -> Iterator[JobQueue]:
    """S4's queue, initialized, without a worker."""
    queue = JobQueue()
    queue.initialize()
    yield queue
    queue.close()


@pytest.fixture(scope="module")
def working(valkey_url: str) -> Iterator[JobQueue]:
    """S4's queue with a worker in this process, one for all tests of a module: each uses types of its own."""
    before = dramatiq.broker.global_broker
    prefix = f"{{facade-{new_id()}}}"
    broker = set_up(settings=replace(Settings(), redis_url=valkey_url, prefix=prefix))
    dramatiq.broker.global_broker = before
    queue = JobQueue()
    queue.initialize(start_worker=True, broker=broker)
    yield queue
    queue.close()
    wrong = check(broker.links)
    broker.links.call("UNLINK", *broker.links.call("KEYS", f"{prefix}*"))
    broker.close()
    assert wrong == []
