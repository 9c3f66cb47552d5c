"""What a worker is given when it boots."""

from __future__ import annotations

import pytest

from tests.callboard.worker.conftest import Stage


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
