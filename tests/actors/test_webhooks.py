"""Deliveries as jobs: tried eight times within hours, later when the receiver says so, never with a secret in Redis."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from actors import services
from actors.webhooks import webhook_deliver, webhooks_queue
from callboard.history.database import reading, writing
from callboard.jobs.errors import InvalidArguments
from callboard.jobs.settings import Settings
from callboard.testing.board import Board
from research.webhooks import log, registry
from research.webhooks.errors import DeliveryRefused
from research.webhooks.filters import Filter
from research.webhooks.signature import verify
from tests.research.webhooks.conftest import AT, LOOPBACK, Receiver, listening, receiver

__all__ = ["listening", "receiver"]


@pytest.fixture
def secret(settings: Settings, receiver: Receiver) -> str:
    """The secret of a webhook to which a delivery is due."""
    with writing(services.database()) as session:
        webhook, secret = registry.add(session, receiver.url, Filter(), at_ms=AT, allow=LOOPBACK)
        log.prepare(
            session, "msg_1", webhook=webhook.id, event="job:completed", subject="01J", body='{"a":1}', at_ms=AT
        )
    return secret


def attempts() -> list[int | None]:
    with reading(services.database()) as session:
        return [attempt.status for attempt in log.attempts(session, "msg_1")]


def state() -> str:
    with reading(services.database()) as session:
        return log.get(session, "msg_1").state


def test_the_queue_and_the_policy_are_those_of_the_design() -> None:
    policy = webhook_deliver.policy
    waits = [policy.retry.ceiling(attempt) for attempt in range(1, 8)]
    assert (webhooks_queue.name, webhooks_queue.concurrency, policy.timeout) == ("webhooks", 10, 30)
    assert (policy.retry.attempts, waits) == (8, [5, 15, 45, 135, 405, 1215, 3600])


def test_a_delivery_is_sent_by_its_job(board: Board, receiver: Receiver, secret: str) -> None:
    result = board.run(webhook_deliver, delivery="msg_1")
    assert (result["state"], result["status"]) == ("delivered", 200)
    ((headers, body),) = receiver.requests
    verify(secret, headers, body)


def test_a_receiver_that_is_down_is_tried_eight_times_and_then_given_up(
    board: Board, receiver: Receiver, secret: str
) -> None:
    for _ in range(9):
        receiver.answer(500)
    webhook_deliver.send(delivery="msg_1")
    drained = board.drain(with_delayed=True, fail_fast=False)
    assert (len(drained), drained.failed) == (8, 1)
    assert attempts() == [500] * 8
    assert state() == "failed"
    assert {headers["webhook-id"] for headers, _ in receiver.requests} == {"msg_1"}


def test_a_receiver_that_comes_back_gets_its_delivery(board: Board, receiver: Receiver, secret: str) -> None:
    receiver.answer(500)
    receiver.answer(503, Retry_After="600")
    before = board.now
    webhook_deliver.send(delivery="msg_1")
    assert board.drain(with_delayed=True, fail_fast=False).completed == 1
    assert attempts() == [500, 503, 200]
    assert 600 <= (board.now - before).total_seconds() < 700


def test_a_refusal_is_tried_once(board: Board, receiver: Receiver, secret: str) -> None:
    receiver.answer(404)
    webhook_deliver.send(delivery="msg_1")
    assert board.drain(with_delayed=True, fail_fast=False).failed == 1
    assert attempts() == [404]


def test_what_is_no_delivery_is_refused(board: Board, settings: Settings) -> None:
    with pytest.raises(InvalidArguments, match="delivery"):
        webhook_deliver.send(delivery="x" * 41)


# X9
def test_neither_url_nor_secret_is_in_redis_or_the_log(
    board: Board, receiver: Receiver, secret: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.answer(400, f"no {receiver.url} {secret}")
    webhook_deliver.send(delivery="msg_1")
    with pytest.raises(DeliveryRefused):
        board.drain()
    written = [repr(dump(board, key)) for key in board.broker.links.call("KEYS", f"{board.broker.links.prefix}:*")]
    logged = [record.getMessage() for record in caplog.records if record.name != "werkzeug"]
    assert any("msg_1" in text for text in written)
    assert [text for text in (*written, *logged) if "CANARY" in text or secret in text] == []


def dump(board: Board, key: str) -> Any:
    """All that a key of Redis holds."""
    links = board.broker.links
    commands = {
        "hash": ("HGETALL", key),
        "string": ("GET", key),
        "set": ("SMEMBERS", key),
        "list": ("LRANGE", key, 0, -1),
        "zset": ("ZRANGE", key, 0, -1),
        "stream": ("XRANGE", key, "-", "+"),
    }
    return links.call(*commands[links.call("TYPE", key)])
