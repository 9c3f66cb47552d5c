"""A broker is lent to the board and given back as it was."""

import dramatiq.broker
import pytest
import redis

from callboard.broker import consumer
from callboard.broker.broker import broker_of_process
from callboard.broker.errors import ConnectionLost
from callboard.testing.board import Board
from callboard.testing.errors import BoardInUse, NoBroker
from callboard.testing.opening import open_board
from callboard.worker.in_process import start_worker, stop_worker
from callboard.worker.setup import set_up
from tests.callboard.testing import apart, lab


def test_whatever_has_the_connections_of_the_broker_works_on_the_board(valkey_url: str) -> None:
    with open_board(lab.broker, url=valkey_url) as board:
        message = lab.tell.send("anna")
        assert lab.store.get(message.message_id) == board.job(message)
        lab.client.cancel(message.message_id)
        board.refute_enqueued()
        assert lab.store.prefix == lab.broker.links.prefix == board.store.prefix


def test_after_it_the_broker_is_what_it_was_and_the_server_is_empty(valkey_url: str) -> None:
    with open_board(lab.broker, url=valkey_url) as board:
        lab.broker.enqueue_many(lab.tell.message(str(n)) for n in range(1_500))
        prefix, pace = board.store.prefix, lab.broker.progress_every
    with redis.Redis.from_url(valkey_url) as server:
        assert list(server.scan_iter(match=f"{prefix}*")) == []
    assert pace == 0
    assert (lab.store.prefix, lab.broker.links.prefix, lab.broker.progress_every) == ("{never}", "{never}", 0.1)
    with pytest.raises(ConnectionLost):
        lab.tell.send("nobody")


def test_an_error_in_the_block_gives_it_back_too(valkey_url: str) -> None:
    with pytest.raises(ZeroDivisionError), open_board(lab.broker, url=valkey_url) as board:
        board.advance(seconds=1 / len(board.events()))
    assert lab.broker.links.prefix == "{never}"


def test_two_boards_share_nothing(valkey_url: str) -> None:
    with open_board(lab.broker, url=valkey_url) as first:
        lab.tell.send("first")
        with open_board(lab.broker, url=valkey_url) as second:
            second.refute_enqueued()
            lab.tell.send("second")
        first.assert_enqueued(lab.tell, kwargs={"name": "first"}, count=1)
        first.assert_enqueued(count=1)


def test_without_an_address_a_server_is_started_for_the_block() -> None:
    with open_board(lab.broker) as board:
        url = lab.broker.links.url
        assert board.run(lab.stock, "x") == "x"
    with pytest.raises(redis.ConnectionError), redis.Redis.from_url(url) as server:
        server.ping()


def test_the_broker_of_the_process_is_taken_where_none_is_named(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dramatiq.broker, "global_broker", lab.broker)
    with open_board(url=valkey_url) as board:
        assert board.broker is lab.broker
    monkeypatch.setattr(dramatiq.broker, "global_broker", None)
    with pytest.raises(NoBroker, match="import the module"), open_board(url=valkey_url):
        pass


def test_a_broker_with_a_worker_is_left_alone(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "SAFETY_POLL", 0.2)  # an idle worker stops no sooner than it looks up
    with open_board(lab.broker, url=valkey_url) as board:
        board.thaw()
        worker = start_worker(lab.broker, threads=1)
        try:
            with pytest.raises(BoardInUse), open_board(lab.broker, url=valkey_url):
                pass
        finally:
            stop_worker(worker)


def test_the_broker_is_that_of_the_process_for_the_block(valkey_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dramatiq.broker, "global_broker", None)
    with open_board(lab.broker, url=valkey_url):
        assert broker_of_process() is lab.broker
    assert broker_of_process() is None


def test_a_broker_that_is_set_up_while_the_board_is_open_is_not_overlooked(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dramatiq.broker, "global_broker", None)
    with pytest.raises(NoBroker, match="import it before"), open_board(lab.broker, url=valkey_url):
        set_up()
    assert broker_of_process() is None


def test_a_type_of_another_broker_is_not_taken(board: Board) -> None:
    with pytest.raises(NoBroker, match="apart is declared on another broker"):
        board.run(apart.apart)
    with pytest.raises(NoBroker):
        board.job_in("active", apart.apart)
