from collections.abc import Iterator
from typing import Any

import dramatiq
import pytest
from marshmallow import Schema, fields

from callboard.broker.asked import asked_call
from callboard.broker.broker import CallboardBroker
from callboard.broker.link import Links
from callboard.jobs.call import Call
from callboard.jobs.errors import InvalidArguments
from callboard.jobs.policy import Queue
from callboard.worker.job import job
from tests.jobs import held_scripts


class Sum(Schema):
    """Arguments of the type below."""

    a = fields.Integer(required=True)
    b = fields.Integer(load_default=1)


@pytest.fixture
def broker(valkey_url: str, prefix: str) -> Iterator[CallboardBroker]:
    before = dramatiq.broker.global_broker
    broker = CallboardBroker(Links(valkey_url, held_scripts(), prefix))
    dramatiq.set_broker(broker)
    yield broker
    broker.close()
    dramatiq.set_broker(before)  # type: ignore[arg-type]


@pytest.fixture
def add(broker: CallboardBroker) -> Any:
    return job(lambda a, b: a + b, name="add", queue=Queue("sums"), schema=Sum, priority="high", broker=broker)


@pytest.fixture
def stock(broker: CallboardBroker) -> Any:
    @dramatiq.actor(actor_name="stock", max_retries=7, broker=broker)
    def body(n: int) -> int:
        return n

    return body


def test_a_call_of_a_type_that_nobody_declared_here_is_taken_as_it_is() -> None:
    call = Call("elsewhere", "far", (1,))
    assert asked_call(call) is call


def test_a_message_gets_the_policy_of_its_actor_its_id_and_its_delay(stock: Any) -> None:
    message = stock.message_with_options(args=(5,), delay=2000, tags=["a"])
    call = asked_call(message)
    assert (call.id, call.type, call.args, call.delay, call.tags) == (message.message_id, "stock", (5,), 2.0, ("a",))
    assert call.policy.retry.attempts == 8


def test_a_message_of_a_job_type_keeps_queue_and_priority(add: Any) -> None:
    call = asked_call(add.message(1, b=2))
    assert (call.queue, call.kwargs, call.policy.priority) == ("sums", {"a": 1, "b": 2}, 2)


def test_a_call_made_by_hand_is_checked_by_the_schema_of_its_type(add: Any) -> None:
    assert asked_call(Call(add.actor_name, "sums", ("3",))).kwargs == {"a": 3, "b": 1}
    with pytest.raises(InvalidArguments, match="a: "):
        asked_call(Call(add.actor_name, "sums", ("three",)))


def test_a_pipeline_is_refused_with_what_to_do(stock: Any) -> None:
    pipeline = stock.message(1) | stock.message()
    with pytest.raises(ValueError, match="make it a plan"):
        asked_call(pipeline.messages[0])
