"""The caller's side: a call is written in the caller's transaction, or refused at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import dramatiq
import pytest
from marshmallow import Schema, fields
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session, scoped_session, sessionmaker

from callboard.broker.broker import CallboardBroker
from callboard.history.database import reading, writing
from callboard.history.models import PositionRow
from callboard.history.outbox import Transaction, enqueue_in, start_flow_in
from callboard.history.outbox_models import OutboxRow
from callboard.history.outbox_relay import relay
from callboard.jobs.call import Call
from callboard.jobs.encoding import NotJson, TooLarge
from callboard.jobs.errors import InvalidArguments
from callboard.jobs.flow import chain, plan
from callboard.jobs.policy import KeyLimit
from callboard.worker.job import job
from tests.callboard.history.outboxes import board, broker, no_broker, outbox
from tests.jobs import Board, make_call

__all__ = ["board", "broker", "no_broker"]


def by_session(engine: Engine, work: Callable[[Transaction], str]) -> str:
    with Session(engine) as session:
        id = work(session)
        session.commit()
    return id


def by_scoped_session(engine: Engine, work: Callable[[Transaction], str]) -> str:
    registry = scoped_session(sessionmaker(engine))
    id = work(registry)
    registry.commit()
    registry.remove()
    return id


def by_connection(engine: Engine, work: Callable[[Transaction], str]) -> str:
    with engine.begin() as connection:
        return work(connection)


@pytest.mark.usefixtures("no_broker")
@pytest.mark.parametrize("way", [by_session, by_scoped_session, by_connection])
def test_a_call_becomes_a_job_when_its_transaction_has_committed(
    way: Callable[..., str], database: Engine, board: Board
) -> None:
    call = make_call("papers", tags=("a",), priority=2, meta={"user": "ada"}, args=(1, "två"))
    assert way(database, lambda session: enqueue_in(session, call)) == call.id
    assert board.state(call.id) == "gone"
    assert relay(database, board.client) == 1
    job = board.job(call.id)
    assert (job.state, job.queue, job.tags, job.priority) == ("waiting", "papers", ["a"], 2)
    assert (job.args, job.meta) == ([1, "två"], {"user": "ada"})
    assert outbox(database) == []


@pytest.mark.usefixtures("no_broker")
def test_there_is_no_job_when_the_transaction_is_rolled_back(database: Engine, board: Board) -> None:
    with Session(database) as session:
        enqueue_in(session, make_call())
        session.rollback()
    assert relay(database, board.client) == 0
    assert board.store.queues() == []


@pytest.mark.usefixtures("no_broker")
def test_there_is_no_job_when_the_savepoint_is_rolled_back(database: Engine, board: Board) -> None:
    with writing(database) as session:
        kept = enqueue_in(session, make_call())
        inner = session.begin_nested()
        dropped = enqueue_in(session, make_call())
        inner.rollback()
    relay(database, board.client)
    assert board.states(kept, dropped) == ["waiting", "gone"]


@pytest.mark.usefixtures("no_broker")
def test_job_and_data_of_the_caller_are_there_together(database: Engine, board: Board) -> None:
    row = PositionRow(prefix="p", epoch="e", last_id="0-0", written_ms=1)
    with Session(database) as session:
        session.add(row)
        enqueue_in(session, make_call())
        session.commit()
    with reading(database) as session:
        assert session.scalars(select(PositionRow)).one().prefix == "p"
    assert len(outbox(database)) == 1


@pytest.mark.usefixtures("no_broker")
@pytest.mark.parametrize(
    ("call", "error"),
    [
        (Call("add", "sums", (object(),)), NotJson),
        (Call("add", "sums", ("x" * 300_000,)), TooLarge),
        (make_call(limits=(KeyLimit("user:{user}"),)), ValueError),
    ],
)
def test_a_call_that_cannot_be_kept_is_refused_at_once_and_the_transaction_goes_on(
    call: Call, error: type[Exception], database: Engine
) -> None:
    good = make_call()
    with writing(database) as session:
        with pytest.raises(error):
            enqueue_in(session, call)
        with pytest.raises(error):
            start_flow_in(session, plan(chain(make_call(), call)))
        enqueue_in(session, good)
    assert [row.id for row in outbox(database)] == [good.id]


class Sum(Schema):
    """Arguments of the type below."""

    a = fields.Integer(required=True)


def test_arguments_that_do_not_fit_their_schema_are_refused_at_once(database: Engine, broker: CallboardBroker) -> None:
    add: Any = job(lambda a: a, name="add", schema=Sum, broker=broker)
    with writing(database) as session, pytest.raises(InvalidArguments, match="a: Not a valid integer"):
        enqueue_in(session, Call(add.actor_name, "default", ("three",)))
    assert outbox(database) == []


def test_a_message_of_dramatiq_becomes_a_job_under_its_own_id(database: Engine, broker: CallboardBroker) -> None:
    @dramatiq.actor(actor_name="stock", queue_name="stock-queue", broker=broker)
    def stock(n: int) -> None:
        raise AssertionError(n)

    message = stock.message_with_options(args=(7,), delay=3000)
    with database.begin() as connection:
        assert enqueue_in(connection, message) == message.message_id
    relay(database, broker.client)
    record = broker.store.get(message.message_id)
    assert (record.type, record.queue, record.args, record.state) == ("stock", "stock-queue", [7], "delayed")


@pytest.mark.usefixtures("no_broker")
def test_a_delay_counts_from_the_call_and_not_from_the_relay(database: Engine, board: Board) -> None:
    with writing(database) as session:
        soon = enqueue_in(session, make_call(delay=60.0))
        past = enqueue_in(session, make_call(delay=3.0))
        long = enqueue_in(session, make_call(delay=10.0))
    with writing(database) as session:  # as if Redis had been away for half a minute
        aged = update(OutboxRow).where(OutboxRow.id.in_([soon, past])).values(written_ms=OutboxRow.written_ms - 30_000)
        session.execute(aged)
    relay(database, board.client)
    assert board.states(soon, past, long) == ["delayed", "waiting", "delayed"]
    due = board.job(soon).due_at
    assert due is not None
    left = timedelta(seconds=due.timestamp() - board.now / 1000)
    assert timedelta(seconds=25) < left <= timedelta(seconds=30)


@pytest.mark.usefixtures("no_broker")
def test_a_flow_starts_when_the_transaction_has_committed(database: Engine, board: Board) -> None:
    first, second, alarm = make_call(), make_call(), make_call()
    planned = plan(chain(first, second), name="both", on_failure=alarm, meta={"user": "ada"})
    with writing(database) as session:
        assert start_flow_in(session, planned) == planned.id
    assert relay(database, board.client) == 1
    assert board.states(first.id, second.id, alarm.id) == ["waiting", "blocked", "blocked"]
    assert board.worker.run_all() == [first.id, second.id]
    flow = board.store.flow(planned.id)
    assert flow is not None
    assert flow.name == "both"


@pytest.mark.usefixtures("no_broker")
def test_a_transaction_repeated_with_the_same_call_gives_one_job(database: Engine, board: Board) -> None:
    call = make_call()
    for _ in range(2):  # the reply to the first commit was lost, and the caller tries again
        with writing(database) as session:
            enqueue_in(session, call)
    assert relay(database, board.client) == 2
    assert len(board.worker.fetch(5)) == 1
