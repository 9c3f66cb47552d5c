"""Open a test board: have a broker work on an empty part of a test server for a block, and give it back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from typing import Final

import dramatiq.broker

from callboard.broker.broker import CallboardBroker, broker_of_process
from callboard.broker.link import Links
from callboard.broker.scripts import Scripts
from callboard.jobs.identity import new_id
from callboard.testing.board import Board
from callboard.testing.clock import HeldClock
from callboard.testing.errors import BoardInUse, NoBroker
from callboard.testing.outbox import relayed_at_once
from callboard.testing.server import private_server

BATCH: Final = 500


@contextmanager
def open_board(broker: CallboardBroker | None = None, *, url: str | None = None) -> Iterator[Board]:
    """A board of the broker that the job types are declared on, or of the one of this process.

    For the block it is the broker of the process, and works, with whatever was made with its connections, on keys of
    the test's own on the server at `url`, or on one that is started for the block; the clock stands still. After it
    the keys are removed and everything is as before.

    Raises NoBroker, also when a module sets up another broker meanwhile, BoardInUse where a worker runs on this one.
    """
    broker = broker or broker_of_process()
    if broker is None:
        raise NoBroker("no broker was set up: import the module that calls set_up() and declares your job types first")
    if broker.exchange is not None:
        raise BoardInUse("a worker runs in this process on the same broker; stop it before the board is opened")
    with ExitStack() as stack:
        where = url or stack.enter_context(private_server())
        links = Links(where, _scripts(), f"{{test-{new_id()}}}")
        stack.callback(_erase, links)
        stack.enter_context(broker.links.replaced_by(links))
        stack.enter_context(_every_progress(broker))
        stack.enter_context(_broker_of_process(broker))
        stack.enter_context(relayed_at_once())
        HeldClock(links).freeze()
        board = Board(broker)
        stack.callback(board.close)
        yield board
        if broker_of_process() is not broker:
            raise NoBroker("a module has set up another broker while the board was open: import it before that")


@cache
def _scripts() -> Scripts:
    return Scripts(held_clock=True)


@contextmanager
def _every_progress(broker: CallboardBroker) -> Iterator[None]:
    """Have each call of `progress` written: a test asks for all, and each is a place at which a cancel is heard."""
    before, broker.progress_every = broker.progress_every, 0.0
    try:
        yield
    finally:
        broker.progress_every = before


@contextmanager
def _broker_of_process(broker: CallboardBroker) -> Iterator[None]:
    before, dramatiq.broker.global_broker = dramatiq.broker.global_broker, broker
    try:
        yield
    finally:
        dramatiq.broker.global_broker = before


def _erase(links: Links) -> None:
    """Remove the keys of a board, and close its connections."""
    cursor = "0"
    while True:
        cursor, names = links.call("SCAN", cursor, "MATCH", f"{links.prefix}*", "COUNT", BATCH)
        if names:
            links.call("UNLINK", *names)
        if str(cursor) == "0":
            break
    links.close()
