"""Calls are pushed right after the commit, without a relay."""

import logging
import os
from pathlib import Path

import pytest
from sqlalchemy import Engine, StaticPool, create_engine
from sqlalchemy.orm import Session

from callboard.broker.broker import CallboardBroker
from callboard.broker.link import Links
from callboard.history.database import connect, writing
from callboard.history.models import Table
from callboard.history.outbox import enqueue_in
from callboard.history.outbox_commit import MOST, pusher
from callboard.history.outbox_relay import relay
from callboard.history.schema import HISTORY
from tests.callboard.history.outboxes import added, board, broker, outbox
from tests.jobs import Board, held_scripts, make_call
from tests.waiting import wait_until

__all__ = ["board", "broker"]


@pytest.mark.usefixtures("broker")
def test_a_call_is_a_job_moments_after_the_commit(database: Engine, board: Board) -> None:
    with writing(database) as session:
        id = enqueue_in(session, make_call())
        assert board.state(id) == "gone"
    wait_until(lambda: board.state(id) == "waiting", seconds=5)
    wait_until(lambda: outbox(database) == [], seconds=5)


@pytest.mark.usefixtures("broker")
def test_many_calls_of_many_transactions_are_each_a_job_once(database: Engine, board: Board) -> None:
    ids = []
    for size in (1, MOST + 3, 2, 1):
        with writing(database) as session:
            ids += [enqueue_in(session, make_call()) for _ in range(size)]
    wait_until(lambda: outbox(database) == [], seconds=20)
    assert {added(board, id) for id in ids[:3] + ids[-3:]} == {1}
    assert sorted(board.worker.run_all()) == sorted(ids)


@pytest.mark.usefixtures("broker")
def test_the_end_of_a_savepoint_is_no_commit(database: Engine, board: Board) -> None:
    with Session(database) as session:
        with session.begin_nested():
            kept = enqueue_in(session, make_call())
        with session.begin_nested() as inner:
            dropped = enqueue_in(session, make_call())
            inner.rollback()
        assert board.state(kept) == "gone"
        session.commit()
    wait_until(lambda: board.state(kept) == "waiting", seconds=5)
    assert board.state(dropped) == "gone"


@pytest.mark.usefixtures("broker")
def test_a_rollback_is_no_commit_and_leaves_nothing_to_a_later_one(database: Engine, board: Board) -> None:
    with Session(database) as session:
        dropped = enqueue_in(session, make_call())
        session.rollback()
        kept = enqueue_in(session, make_call())
        session.commit()
    wait_until(lambda: board.state(kept) == "waiting", seconds=5)
    assert board.state(dropped) == "gone"


def test_a_redis_that_is_away_costs_the_caller_nothing_and_the_relay_pushes_later(
    database: Engine,
    board: Board,
    broker: CallboardBroker,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "callboard.outbox")
    monkeypatch.setattr(broker.client, "links", Links("redis://127.0.0.1:1", held_scripts()))
    with writing(database) as session:
        id = enqueue_in(session, make_call())
    wait_until(lambda: "calls are left to the relay" in caplog.text, seconds=5)
    assert relay(database, board.client) == 1
    assert board.state(id) == "waiting"


@pytest.mark.usefixtures("broker")
def test_a_database_with_a_single_connection_is_left_to_the_relay(board: Board) -> None:
    alone = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    Table.metadata.create_all(alone)
    with Session(alone) as session:
        first = enqueue_in(session, make_call())
        session.commit()
        second = enqueue_in(session, make_call())
        session.rollback()
    assert relay(alone, board.client) == 1
    assert board.states(first, second) == ["waiting", "gone"]
    alone.dispose()


@pytest.mark.usefixtures("broker")
def test_a_forked_process_pushes_by_a_thread_of_its_own(tmp_path: Path, board: Board) -> None:
    url = f"sqlite:///{tmp_path / 'callboard.db'}"
    HISTORY.upgrade(url)
    database = connect(url)
    with writing(database) as session:
        enqueue_in(session, make_call())
    wait_until(lambda: outbox(database) == [], seconds=5)
    database.dispose()
    thread = pusher._thread
    call = make_call()
    if (child := os.fork()) == 0:
        with writing(connect(url)) as session:
            enqueue_in(session, call)
        wait_until(lambda: board.state(call.id) == "waiting", seconds=5)
        os._exit(0 if pusher._thread is not thread else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
