"""Deliveries to a real receiver: signed, logged, classified, and nothing of a secret left behind."""

from __future__ import annotations

import base64
import itertools
import json
import logging
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, inspect, text

from callboard.history.database import reading, writing
from callboard.history.meters import readings
from callboard.history.notification_models import WebhookRow
from callboard.jobs.errors import RetryLater, classify
from callboard.jobs.masking import masker
from callboard.jobs.settings import Settings
from research.outbound.client import Guard
from research.webhooks import log, registry
from research.webhooks.delivery import DISABLE_AFTER_MS, Sender, deliver
from research.webhooks.errors import DeliveryFailed, DeliveryRefused, WebhookMissing
from research.webhooks.filters import Filter
from research.webhooks.registry import Webhook
from research.webhooks.signature import verify
from tests.research.webhooks.conftest import AT, LOOPBACK, Receiver, values


def register(engine: Engine, url: str) -> tuple[Webhook, str]:
    with writing(engine) as session:
        return registry.add(session, url, Filter(), at_ms=AT, allow=LOOPBACK)


def prepare(engine: Engine, webhook: Webhook, id: str = "msg_1", **changes: Any) -> str:
    with writing(engine) as session:
        assert log.prepare(session, id, webhook=webhook.id, **values(**changes))
    return id


def told(engine: Engine, id: str = "msg_1") -> tuple[log.Delivery, list[log.Attempt]]:
    with reading(engine) as session:
        return log.get(session, id), log.attempts(session, id)


def test_a_delivery_arrives_signed_as_json_and_is_logged(sender: Sender, receiver: Receiver) -> None:
    webhook, secret = register(sender.engine, receiver.url)
    receipt = deliver(sender, prepare(sender.engine, webhook))
    ((headers, body),) = receiver.requests
    assert (headers["content-type"], headers["webhook-id"], body) == ("application/json", "msg_1", b'{"a":1}')
    verify(secret, headers, body)
    delivery, (attempt,) = told(sender.engine)
    assert (receipt.state, receipt.status) == ("delivered", 200)
    assert (delivery.state, delivery.attempts, delivery.status, delivery.error) == ("delivered", 1, 200, None)
    assert (attempt.number, attempt.status, attempt.error, attempt.excerpt) == (1, 200, None, None)
    with reading(sender.engine) as session:
        assert registry.get(session, webhook.id).delivered_ms == attempt.at_ms
    assert readings(sender.engine)["webhook_deliveries"] == {("delivered",): 1}


def test_a_delivery_that_fails_is_tried_again_under_the_same_id_with_a_fresh_timestamp(
    sender: Sender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook, secret = register(sender.engine, receiver.url)
    prepare(sender.engine, webhook)
    receiver.answer(500, "<b>out of\n cheese</b>")
    with pytest.raises(DeliveryFailed, match="the receiver answered 500") as caught:
        deliver(sender, "msg_1")
    assert classify(caught.value) == "transient"
    assert told(sender.engine)[0].state == "retrying"
    monkeypatch.setattr("research.webhooks.delivery.wall_ms", lambda: AT + 3_600_000)
    deliver(sender, "msg_1")
    (first, _), (second, body) = receiver.requests
    assert first["webhook-id"] == second["webhook-id"]
    assert first["webhook-timestamp"] != second["webhook-timestamp"] == str(AT // 1000 + 3600)
    verify(secret, second, body, now=AT / 1000 + 3600)
    delivery, attempts = told(sender.engine)
    assert [(a.number, a.status, a.excerpt) for a in attempts] == [(1, 500, "<b>out of cheese</b>"), (2, 200, None)]
    assert (delivery.state, delivery.error) == ("delivered", None)


def test_the_last_attempt_leaves_a_delivery_failed(sender: Sender, receiver: Receiver) -> None:
    webhook, _ = register(sender.engine, receiver.url)
    receiver.answer(500)
    with pytest.raises(DeliveryFailed):
        deliver(sender, prepare(sender.engine, webhook), last=True)
    assert told(sender.engine)[0].state == "failed"


@pytest.mark.parametrize(("status", "after"), [(429, "7"), (503, "90")])
def test_a_receiver_says_when_to_come_again(sender: Sender, receiver: Receiver, status: int, after: str) -> None:
    webhook, _ = register(sender.engine, receiver.url)
    receiver.answer(status, Retry_After=after)
    with pytest.raises(RetryLater) as caught:
        deliver(sender, prepare(sender.engine, webhook))
    assert caught.value.after == float(after)
    assert told(sender.engine)[0].state == "retrying"


@pytest.mark.parametrize("status", [302, 400, 404])
def test_a_refusal_is_final(sender: Sender, receiver: Receiver, status: int) -> None:
    webhook, _ = register(sender.engine, receiver.url)
    receiver.answer(status, Location="http://127.0.0.1:1/")
    with pytest.raises(DeliveryRefused, match=str(status)) as caught:
        deliver(sender, prepare(sender.engine, webhook))
    assert classify(caught.value) == "permanent"
    assert len(receiver.requests) == 1
    assert told(sender.engine)[0].state == "failed"
    with reading(sender.engine) as session:
        assert registry.get(session, webhook.id).enabled


def test_a_receiver_that_is_gone_switches_its_webhook_off(sender: Sender, receiver: Receiver) -> None:
    webhook, _ = register(sender.engine, receiver.url)
    receiver.answer(410)
    with pytest.raises(DeliveryRefused, match="410"):
        deliver(sender, prepare(sender.engine, webhook))
    with reading(sender.engine) as session:
        off = registry.get(session, webhook.id)
    assert (off.enabled, off.reason) == (False, "the receiver answered 410: it wants no more deliveries")
    assert deliver(sender, prepare(sender.engine, webhook, "msg_2")).state == "dropped"
    assert told(sender.engine, "msg_2")[0].error == f"not sent: the webhook is off ({off.reason})"
    assert len(receiver.requests) == 1
    assert deliver(sender, "msg_2", even_if_off=True).state == "delivered"


def test_a_webhook_that_fails_for_days_is_switched_off_and_one_success_forgives_all(
    sender: Sender, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook, _ = register(sender.engine, receiver.url)
    clock, numbers = [AT], itertools.count()
    monkeypatch.setattr("research.webhooks.delivery.wall_ms", lambda: clock[0])

    def attempt(status: int) -> Webhook:
        receiver.answer(status)
        id = prepare(sender.engine, webhook, f"msg_{next(numbers)}")
        if status == 200:
            deliver(sender, id)
        else:
            with pytest.raises(DeliveryFailed):
                deliver(sender, id)
        with reading(sender.engine) as session:
            return registry.get(session, webhook.id)

    assert attempt(500).failing_ms == AT
    clock[0] += DISABLE_AFTER_MS - 1
    assert attempt(500).enabled
    assert attempt(200).failing_ms is None
    began = clock[0]
    assert attempt(500).failing_ms == began
    clock[0] += DISABLE_AFTER_MS
    off = attempt(500)
    assert (off.enabled, off.reason) == (
        False,
        "no delivery has succeeded for 5 days; last: the receiver answered 500",
    )


def test_an_address_inside_is_refused_for_good(database: Engine, receiver: Receiver) -> None:
    webhook, _ = register(database, receiver.url)
    with pytest.raises(DeliveryRefused, match="it is loopback; CALLBOARD_OUTBOUND_ALLOW lifts that"):
        deliver(Sender(database), prepare(database, webhook))
    assert receiver.requests == []
    assert told(database)[0].state == "failed"


def test_no_answer_may_come_at_another_attempt(sender: Sender, receiver: Receiver) -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError("Name or service not known")

    lost = replace(sender, guard=Guard(LOOPBACK, unknown))
    webhook, _ = register(sender.engine, "https://hooks.lab.example/x")
    with pytest.raises(DeliveryFailed, match=r"no answer: hooks\.lab\.example was not found"):
        deliver(lost, prepare(sender.engine, webhook))
    delivery, (attempt,) = told(sender.engine)
    assert (delivery.status, attempt.status, attempt.error) == (None, None, delivery.error)


def test_a_delivery_of_a_removed_webhook_is_dropped_and_one_that_is_not_there_fails_at_once(
    sender: Sender, receiver: Receiver
) -> None:
    webhook, _ = register(sender.engine, receiver.url)
    prepare(sender.engine, webhook)
    with writing(sender.engine) as session:
        registry.remove(session, webhook.id)
    assert deliver(sender, "msg_1").state == "dropped"
    assert told(sender.engine)[0].error == "not sent: the webhook was removed"
    with pytest.raises(WebhookMissing, match="delivery msg_2 is unknown") as caught:
        deliver(sender, "msg_2")
    assert classify(caught.value) == "permanent"
    assert receiver.requests == []


# X9
def test_no_secret_is_left_in_logs_errors_or_the_log_of_deliveries(
    sender: Sender, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    own = "whsec_" + base64.b64encode(b"sk-CANARY-secret-of-the-webhook").decode()
    with writing(sender.engine) as session:
        webhook, _ = registry.add(session, receiver.url, Filter(), at_ms=AT, secret=own, allow=LOOPBACK)
    masked = replace(sender, mask=masker(Settings()))
    echo = f"bad: {receiver.url} {own} {own.removeprefix('whsec_')} Bearer sk-CANARY-token-1234567"
    for number, status in enumerate((200, 400, 500, 302)):
        receiver.answer(status, echo, Location=receiver.url, X_Echo=own)
        prepare(sender.engine, webhook, f"msg_{number}")
        said = outcome(masked, f"msg_{number}")
        assert not secrets_in(said)
    logging.getLogger("research").debug("the log is read")
    lines = [record.getMessage() for record in caplog.records if record.name != "werkzeug"]  # the receiver's own
    assert lines
    assert not secrets_in("".join(lines))
    assert not secrets_in(everything_but(sender.engine, WebhookRow.__tablename__))
    assert "***" in everything_but(sender.engine, WebhookRow.__tablename__)


def outcome(sender: Sender, id: str) -> str:
    """What a delivery returned or raised, as text."""
    try:
        return repr(deliver(sender, id))
    except (DeliveryFailed, DeliveryRefused) as error:
        return str(error) + repr(error)


def secrets_in(words: str) -> bool:
    return "CANARY" in words or "c2stQ0FOQVJZ" in words


def everything_but(engine: Engine, *tables: str) -> str:
    """All rows of all tables but those where secrets belong, as text."""
    names = [name for name in inspect(engine).get_table_names() if name not in tables]
    with reading(engine) as session:
        return json.dumps(
            {n: [list(map(str, row)) for row in session.execute(text(f"SELECT * FROM {n}"))] for n in names}
        )
