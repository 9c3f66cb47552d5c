"""What a transaction enqueues is on the board when it has committed, and no sooner."""

import pytest
from sqlalchemy import Engine

from callboard.history.database import writing
from callboard.history.outbox import enqueue_in
from callboard.history.outbox_relay import relay
from callboard.testing.board import Board
from tests.callboard.testing import lab


def test_a_job_is_there_when_its_transaction_has_committed(board: Board, callboard_database: Engine) -> None:
    with writing(callboard_database) as session:
        enqueue_in(session, lab.weigh.call([1.0]))
        board.refute_enqueued()
    board.assert_enqueued(lab.weigh, kwargs={"samples": [1.0]}, count=1)
    assert board.drain().completed == 1
    assert relay(callboard_database, board.client) == 0


def test_a_job_is_not_there_when_its_transaction_was_rolled_back(board: Board, callboard_database: Engine) -> None:
    with pytest.raises(ZeroDivisionError), writing(callboard_database) as session:
        enqueue_in(session, lab.weigh.call([1 / len(board.events())]))
    board.refute_enqueued()


def test_what_a_bare_connection_has_written_is_relayed_by_hand(board: Board, callboard_database: Engine) -> None:
    with callboard_database.begin() as connection:
        enqueue_in(connection, lab.weigh.call([1.0]))
    board.refute_enqueued()
    assert relay(callboard_database, board.client) == 1
    board.assert_enqueued(lab.weigh)
