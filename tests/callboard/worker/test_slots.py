"""What a worker is given when it boots."""

from __future__ import annotations

import threading

import pytest

from callboard.broker.consumer import QueueConsumer
from tests.callboard.worker.conftest import Stage
from tests.waiting import wait_until


def test_the_exchange_knows_all_queues_before_the_first_consumer_runs(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    from callboard.broker.broker import CallboardBroker

    for name in ("first", "second", "third"):
        stage.broker.declare_queue(name)
    seen: list[set[str]] = []
    consume = CallboardBroker.consume

    def noted(broker: CallboardBroker, *args: object, **kwargs: object) -> object:
        assert broker.exchange is not None
        seen.append(set(broker.exchange.queues))
        return consume(broker, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(CallboardBroker, "consume", noted)
    stage.work()
    assert seen
    assert all({"first", "second", "third"} <= known for known in seen)


def test_no_job_is_fetched_before_all_consumers_are_there_to_take_outcomes(stage: Stage) -> None:
    from callboard.worker.in_process import start_worker, stop_worker

    started, go = threading.Event(), threading.Event()

    def late(queue_name: str, prefetch: int = 1, timeout: int = 1_000) -> QueueConsumer:
        if queue_name == "second":
            started.set()
            assert go.wait(10)
        return consume(queue_name, prefetch, timeout)

    for name in ("first", "second"):
        stage.broker.declare_queue(name)
    consume = stage.broker.consume
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage.broker, "consume", late)
        worker = start_worker(stage.broker)
        try:
            exchange = stage.broker.exchange
            assert exchange is not None
            assert started.wait(10)
            wait_until(lambda: exchange.coming == {"second"}, what="all others are there")
            assert exchange._tokens == 0
            go.set()
            wait_until(lambda: exchange._tokens > 0, what="jobs are fetched")
        finally:
            go.set()
            stop_worker(worker)
