"""A receiver of webhooks, and a database for them, once on SQLite and once on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import Engine
from werkzeug import Request, Response

from callboard.history.database import connect
from callboard.history.models import Table
from research.outbound.addresses import allowed
from research.outbound.client import Guard
from research.webhooks.delivery import Sender

AT = 1_700_000_000_000
LOOPBACK = allowed(["127.0.0.0/8"])


@dataclass
class Receiver:
    """What came in, and how it is answered: the next of `answers`, then 200."""

    url: str
    answers: list[tuple[int, dict[str, str], str]] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def answer(self, status: int, body: str = "", **headers: str) -> None:
        """Answer the next request like this."""
        self.answers.append((status, {name.replace("_", "-"): value for name, value in headers.items()}, body))

    def take(self, request: Request) -> Response:
        """Take a request."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append((headers, request.get_data()))
        status, more, body = self.answers.pop(0) if self.answers else (200, {}, "ok")
        return Response(body, status, more)


@pytest.fixture(scope="session")
def listening() -> Iterator[HTTPServer]:
    """The server of all receivers of this process: to stop one takes half a second."""
    with HTTPServer(host="127.0.0.1") as server:
        yield server


@pytest.fixture
def receiver(listening: HTTPServer) -> Receiver:
    """A receiver at a path with a key in it."""
    listening.clear()
    receiver = Receiver(listening.url_for("/hooks/sk-CANARY-url"))
    listening.expect_request("/hooks/sk-CANARY-url").respond_with_handler(receiver.take)
    return receiver


@pytest.fixture
def database(empty_url: str) -> Iterator[Engine]:
    """An engine on a database with the tables of the history."""
    engine = connect(empty_url)
    Table.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sender(database: Engine) -> Sender:
    """A sender that may call this machine."""
    return Sender(database, Guard(LOOPBACK))


def values(**changes: Any) -> dict[str, Any]:
    """The fields of a delivery."""
    return {"event": "job:completed", "subject": "01J", "body": '{"a":1}', "at_ms": AT} | changes
