"""An engine of jobs and an outbox beside it, for the tests of the outbox."""

from __future__ import annotations

from collections.abc import Iterator

import dramatiq
import pytest
from sqlalchemy import Engine, select

from callboard.broker.broker import CallboardBroker
from callboard.broker.link import Links
from callboard.history.database import reading
from callboard.history.outbox_models import OutboxRow
from tests.jobs import Board, held_scripts


@pytest.fixture
def board(valkey_url: str, prefix: str) -> Iterator[Board]:
    """The verbs on an empty prefix, with time held."""
    board = Board(valkey_url, prefix)
    yield board
    board.close()


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has no broker, so that nothing is pushed but by the relay."""
    monkeypatch.setattr(dramatiq.broker, "global_broker", None)


@pytest.fixture
def broker(valkey_url: str, prefix: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[CallboardBroker]:
    """The broker of this process."""
    broker = CallboardBroker(Links(valkey_url, held_scripts(), prefix))
    monkeypatch.setattr(dramatiq.broker, "global_broker", broker)
    yield broker
    broker.close()


def outbox(engine: Engine) -> list[OutboxRow]:
    """The rows that are committed and not pushed."""
    with reading(engine) as session:
        return list(session.scalars(select(OutboxRow).order_by(OutboxRow.seq)))


def added(board: Board, id: str) -> int:
    """How often a job was accepted."""
    return [event.event for event in board.events(id)].count("job:added")
