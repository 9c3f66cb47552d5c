"""An engine of jobs, a database on SQLite and on PostgreSQL, and the notifier over both; nothing is pushed to Redis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dramatiq.broker
import pytest
from sqlalchemy import Engine, delete, select

from callboard.history.database import connect, reading, writing
from callboard.history.models import Table
from callboard.history.outbox_models import OutboxRow
from callboard.jobs.call import Call
from callboard.jobs.call_json import call_from_json
from callboard.jobs.clock import wall_ms
from research.notifications import notices
from research.notifications.notices import Notice
from research.notifications.reader import read_events
from research.notifications.services import ADMINISTRATORS, Services
from research.outbound.addresses import allowed
from research.webhooks import log
from research.webhooks.log import Delivery
from tests.jobs import Board

ADMIN = "admin@lab.example"


@pytest.fixture
def database(empty_url: str) -> Iterator[Engine]:
    """An engine on a database with the tables of the history."""
    engine = connect(empty_url)
    Table.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def board(valkey_url: str, prefix: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Board]:
    """The verbs on an empty prefix, with time held at the present, for events are stamped by the server itself."""
    monkeypatch.setattr(dramatiq.broker, "global_broker", None)
    board = Board(valkey_url, prefix)
    board.now = wall_ms()
    board.advance(0)
    yield board
    board.close()


def mail(**kwargs: Any) -> Call:
    """A mail as a call."""
    return Call("email_send", "email-notifications", kwargs=kwargs)


def deliver(**kwargs: Any) -> Call:
    """A delivery as a call."""
    return Call("webhook_deliver", "webhooks", kwargs=kwargs)


@pytest.fixture
def services(database: Engine, board: Board) -> Services:
    """A notifier with one administrator, that has begun to read."""
    allow = allowed(["127.0.0.0/8"])
    made = Services(database, board.links, mail, deliver, (ADMIN,), "https://jobs.lab.example/", allow)
    assert read_events(made) is False
    return made


def calls(engine: Engine, type: str | None = None) -> list[Call]:
    """What is to be enqueued, taken away."""
    with writing(engine) as session:
        rows = list(session.scalars(select(OutboxRow).order_by(OutboxRow.seq)))
        session.execute(delete(OutboxRow))
        found = [call_from_json(row.body) for row in rows]
    return [call for call in found if type in (None, call.type)]


def mails(engine: Engine) -> list[dict[str, Any]]:
    """The mails that are to be sent, taken away."""
    return [call.kwargs for call in calls(engine, "email_send")]


def deliveries(engine: Engine) -> list[Delivery]:
    """The deliveries in the log, oldest first."""
    with reading(engine) as session:
        return log.latest(session)[::-1]


def notices_for(engine: Engine, audience: str = ADMINISTRATORS) -> list[Notice]:
    """The notices for somebody, oldest first."""
    with reading(engine) as session:
        return notices.latest(session, audience)[::-1]
