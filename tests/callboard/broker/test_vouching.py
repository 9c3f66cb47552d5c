"""After a lost connection nothing is fetched until somebody has vouched for the data, or too long nobody has."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from callboard.broker import keys
from callboard.broker.errors import ConnectionLost, ScriptFault
from callboard.broker.exchange import Exchange
from callboard.broker.link import Command
from callboard.broker.vouching import Vouching, server_run, vouch
from tests.jobs import Board
from tests.waiting import wait_until


@pytest.fixture
def exchange(board: Board) -> Iterator[Exchange]:
    """An exchange that has not met its server yet; its one thread is the test."""
    exchange = Exchange(board.links, "desk", 30_000, "add".__eq__)
    exchange.threads, exchange.queues = 1, ["default"]
    exchange.vouching.doubt()
    yield exchange
    exchange.close()


def recorded(board: Board, compared: bool = True) -> None:
    """A history holds what has happened, and was compared with these data."""
    board.links.call("SET", keys.RECORDED(board.prefix), "1-0")
    board.links.call("SET", keys.EPOCH(board.prefix), "data")
    if compared:
        board.links.call("HSET", keys.RECONCILED(board.prefix), "epoch", "data")


def this_run(board: Board) -> str:
    return server_run(board.links)


def test_where_nobody_records_jobs_are_fetched_at_once(board: Board, exchange: Exchange) -> None:
    board.enqueue()
    assert exchange.may_fetch()
    exchange.fetch()
    assert exchange.work.qsize() == 1


def test_nothing_is_fetched_before_somebody_vouches_for_this_run_of_the_server(
    board: Board, exchange: Exchange
) -> None:
    board.enqueue()
    recorded(board)
    board.links.call("SET", keys.VOUCHED(board.prefix), "the run before")
    assert not exchange.may_fetch()
    assert exchange.fetch() is None
    assert exchange.work.qsize() == 0
    assert vouch(board.links, this_run(board))
    assert exchange.may_fetch()
    exchange.fetch()
    assert exchange.work.qsize() == 1


def test_nobody_vouches_for_data_that_were_not_compared_yet(board: Board) -> None:
    assert not vouch(board.links, "run")
    recorded(board, compared=False)
    assert not vouch(board.links, "run")
    assert board.links.call("GET", keys.VOUCHED(board.prefix)) is None


def test_a_server_that_does_not_say_who_it_is_needs_nobody_to_vouch_for_it(
    board: Board, exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(board)
    run: Any = exchange._link.run

    def refuse(commands: Sequence[Command], timeout: float | None = None) -> Any:
        if commands[0][0] == "INFO":
            raise ScriptFault("NOPERM this user has no permissions to run the 'info' command")
        return run(commands, timeout)

    monkeypatch.setattr(exchange._link, "run", refuse)
    assert exchange.may_fetch()


def test_after_some_time_jobs_go_on_without(board: Board, caplog: pytest.LogCaptureFixture) -> None:
    recorded(board)
    vouching = Vouching(board.prefix, patience=0.05)
    with board.links.held() as link:
        assert not vouching.ask(link)
        wait_until(lambda: vouching.ask(link), seconds=2)
    assert "no recorder has looked at the server" in caplog.text


def test_a_lost_connection_is_asked_about_again(
    board: Board, exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert exchange.may_fetch()

    def lose(*_: object) -> None:
        raise ConnectionLost("gone")

    with monkeypatch.context() as patch:
        patch.setattr(exchange._link, "run", lose)
        with pytest.raises(ConnectionLost):
            exchange.fetch()
    recorded(board)
    assert not exchange.may_fetch()
