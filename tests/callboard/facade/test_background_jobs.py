from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callboard.broker.broker import CallboardBroker
from callboard.facade import JobErrorHandler, check_background_jobs_health, get_worker_stats
from callboard.history.database import connect
from callboard.history.errors import SchemaError
from callboard.history.schema import HISTORY
from tests.callboard.history.failing import NOW, failure, finished, record
from tests.jobs import Worker, make_call

DAY = datetime.fromtimestamp(NOW / 1000, UTC).replace(hour=0, minute=0, second=0, microsecond=0)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CALLBOARD_HOME", str(tmp_path))
    return tmp_path / "callboard.db"


# S1.5 S4.49
def test_health_tells_of_queues_and_workers(broker: CallboardBroker) -> None:  # S1.39
    broker.client.enqueue_many(make_call(queue) for queue in ("mail", "mail", "report"))
    health = check_background_jobs_health()
    assert (health.healthy, health.details.redis, health.details.workers) == (False, True, 0)
    assert health.details.queueStatus is not None
    assert health.details.queueStatus.waiting == 3
    broker.links.call(*broker.links.script("register", "crew", 10_000, "{}"))
    assert check_background_jobs_health(broker).healthy


def test_a_server_that_is_away_is_unhealthy_and_no_error(
    monkeypatch: pytest.MonkeyPatch, broker: CallboardBroker
) -> None:
    from callboard.broker.errors import ConnectionLost

    def away(*_: object) -> list[str]:
        raise ConnectionLost("no connection to the Redis server")

    monkeypatch.setattr("callboard.broker.store.Store.queues", away)
    health = check_background_jobs_health()
    assert (health.healthy, health.details.redis, health.details.queue_status) == (False, False, None)
    assert health.details.error == "no connection to the Redis server"


def test_workers_have_processed_failed_and_active_jobs(broker: CallboardBroker, home: Path) -> None:  # S1.40
    worker = Worker(broker.links, "mail")
    broker.client.enqueue_many(make_call("mail") for _ in range(4))
    done, bad, *_ = worker.fetch(4)
    worker.complete(done)
    worker.fail(bad)
    stats = get_worker_stats()
    assert (stats.processed, stats.failed, stats.active) == (2, 1, 2)
    assert get_worker_stats("report").processed == 0
    HISTORY.upgrade(f"sqlite:///{home}")
    engine = connect(f"sqlite:///{home}")
    finished(engine, 5, queue="mail")
    finished(engine, 2, queue="mail", state="failed")
    engine.dispose()
    stats = get_worker_stats("mail")
    assert (stats.processed, stats.failed, stats.active) == (7, 2, 2)


def test_a_process_without_a_broker_connects_for_the_question(
    valkey_url: str, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callboard.facade.background_jobs.broker_of_process", lambda: None)
    monkeypatch.setenv("REDIS_URL", valkey_url)
    monkeypatch.setenv("CALLBOARD_PREFIX", prefix)
    assert (check_background_jobs_health().details.redis, get_worker_stats().active) == (True, 0)


def test_error_statistics_are_of_a_date_range(home: Path) -> None:  # S1.41
    with pytest.raises(SchemaError, match="callboard migrate"):
        JobErrorHandler.get_error_statistics(DAY, DAY + timedelta(days=1))
    HISTORY.upgrade(f"sqlite:///{home}")
    engine = connect(f"sqlite:///{home}")
    record(engine, failure(), failure(type="report"))
    for found in (
        JobErrorHandler.get_error_statistics(DAY, DAY + timedelta(days=1)),
        JobErrorHandler.getErrorStatistics(start=DAY, end=DAY + timedelta(days=1), database=engine),
    ):
        assert (found.failures, found.by_type) == (2, {"mail": 1, "report": 1})
    assert JobErrorHandler.get_error_statistics(DAY + timedelta(days=1), DAY + timedelta(days=2)).failures == 0
    engine.dispose()
