"""The platform's job types on a test board, with a home and a database of the test's own; shared by its tests."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import dramatiq.broker
import pytest

from callboard.history.schema import HISTORY
from callboard.jobs.settings import Settings
from callboard.testing.board import Board
from callboard.testing.opening import open_board
from research.schema import RESEARCH

_before = dramatiq.broker.global_broker
import actors  # noqa: E402
from actors import services  # noqa: E402

dramatiq.broker.global_broker = _before


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A home of the test's own, with the platform's tables in it; webhooks may call this machine."""
    settings = replace(Settings(), home=tmp_path, embeddings="hashed", outbound_allow=("127.0.0.0/8",))
    for schema in (HISTORY, RESEARCH):
        schema.upgrade(settings.sql_url)
    monkeypatch.setattr(services, "settings", lambda: settings)
    for made in (services.database, services.files):
        made.cache_clear()
    yield settings
    services.database().dispose()
    for made in (services.database, services.files):
        made.cache_clear()


@pytest.fixture
def board(valkey_url: str, settings: Settings) -> Iterator[Board]:
    """An empty part of a real server."""
    with open_board(actors.broker, url=valkey_url) as board:
        yield board
