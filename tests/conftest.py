"""What every test may ask for: a Valkey of the test run's own, and a part of it that is empty."""

import itertools
import os
from collections.abc import Iterator

import pytest
import redis

from callboard.broker.embedded import start_embedded
from callboard.jobs.settings import table
from tests.postgres import empty_url, postgres_server, postgres_url

__all__ = ["empty_url", "postgres_server", "postgres_url"]

for row in table().values():
    # A developer's own Redis, database and keys must never be reached by a test, nor change what it expects.
    for variable in (row.name, *row.also):
        os.environ.pop(variable, None)

numbers = itertools.count(1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long the stateful test of the engine goes on: `pytest --steps 10000`."""
    parser.addoption("--steps", type=int, default=0, help="steps of the stateful test (1,000, always the same ones)")


@pytest.fixture(scope="session")
def valkey_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real server that this test process started for itself, with the settings we run it with."""
    with start_embedded(tmp_path_factory.mktemp("valkey"), options={"enable-debug-command": "local"}) as server:
        yield server.url


@pytest.fixture
def prefix(valkey_url: str) -> Iterator[str]:
    """A key prefix that nobody used before; its keys are removed when the test is over."""
    fresh = f"{{test-{next(numbers)}}}"
    yield fresh
    with redis.Redis.from_url(valkey_url) as store:
        for keys in _batches(store, fresh):
            store.unlink(*keys)


def _batches(store: redis.Redis, prefix: str) -> Iterator[list[bytes]]:
    keys = store.scan_iter(match=f"{prefix}*", count=1_000)
    while batch := list(itertools.islice(keys, 1_000)):
        yield batch
