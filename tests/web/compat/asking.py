"""Sends what a document prints, and reads what comes back."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from callboard.jobs.call import Call
from callboard.jobs.policy import queue_slug
from tests.jobs import Taken, Worker
from tests.web.compat.printed import Printed
from tests.web.conftest import told
from web.services import Services


def send(client: FlaskClient, printed: Printed, **more: Any) -> TestResponse:
    """The answer to a printed request."""
    return client.open(printed.path, method=printed.method, headers=printed.headers, data=printed.body, **more)


def good(answer: TestResponse, status: int = 200) -> Any:
    """What an answer of this status says; it names the route that follows the old one."""
    assert answer.status_code == status, answer.text
    assert 'rel="successor-version"' in answer.headers["Link"]
    return told(answer)


def enqueued(services: Services, queue: str, type: str, count: int = 1, **arguments: Any) -> list[str]:
    """New jobs of a queue."""
    return services.client.enqueue_many(Call(type, queue_slug(queue), kwargs=arguments) for _ in range(count))


def taken(services: Services, queue: str, count: int = 1) -> tuple[Worker, list[Taken]]:
    """A worker that holds so many jobs of a queue."""
    worker = Worker(services.links, queue)
    return worker, worker.fetch(count)


def hired(services: Services, *queues: str) -> None:
    """A worker process is listed that serves these queues."""
    served = ", ".join(f'"{name}"' for name in queues)
    services.links.call(*services.links.script("register", "crew", 60_000, f'{{"queues": [{served}]}}'))
