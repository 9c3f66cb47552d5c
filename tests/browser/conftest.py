"""Worlds to look at in a real browser: a full one by `callboard up --demo`, an empty one, one whose Redis is away."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from werkzeug.serving import make_server

from callboard.history.database import writing
from callboard.history.schema import HISTORY
from callboard.history.tokens import create_token
from callboard.jobs.clock import wall_ms
from callboard.jobs.settings import Settings
from research.schema import RESEARCH
from tests.browser.lab import lab
from tests.browser.looking import Board
from tests.chromium import CHROMIUM, chromium
from web.app import create_app
from web.live.live import NAME as LIVE
from web.services import NAME

if TYPE_CHECKING:
    from playwright.sync_api import Browser


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these in one process: each world is there once."""
    for item in items:
        if "/tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a screen."""
    if not CHROMIUM:
        pytest.skip("no Chromium is installed here, so the pages are not tried in a browser")
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Board]:
    """A lab at work: jobs in all states, failures, flows, schedules, workers, a day of history."""
    with lab(tmp_path_factory.mktemp("lab"), browser) as board:
        yield board


@dataclass
class Served:
    """An application of this process with its address."""

    app: Flask
    board: Board


@pytest.fixture
def serve(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Callable[..., Served]]:
    """Serves an application with settings of its own until the test is over."""
    stops: list[Callable[[], None]] = []

    def start(**settings: Any) -> Served:
        home = tmp_path_factory.mktemp("home")
        for schema in (HISTORY, RESEARCH):
            schema.upgrade(replace(Settings(), home=home).sql_url)
        app = create_app(replace(Settings(), home=home, embeddings="hashed", **settings))
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        services = app.extensions[NAME]
        with writing(services.engine) as session:
            tokens = {role: create_token(session, f"the {role}", role, wall_ms())[1] for role in ("admin", "viewer")}

        def stop() -> None:
            live = app.extensions[LIVE]
            for listener in live.hub.listeners():
                listener.end()
            live.stop()
            server.shutdown()
            server.server_close()
            services.links.close()
            services.engine.dispose()

        stops.append(stop)
        return Served(app, Board(f"http://127.0.0.1:{server.server_port}", browser, tokens))

    yield start
    for stop in stops:
        stop()


@pytest.fixture
def empty(serve: Callable[..., Served], valkey_url: str, prefix: str) -> Board:
    """A board on which nothing has happened yet."""
    return serve(redis_url=valkey_url, prefix=prefix).board


@pytest.fixture
def away(serve: Callable[..., Served]) -> Board:
    """A board whose Redis nobody answers."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return serve(redis_url=f"redis://127.0.0.1:{unused.getsockname()[1]}/0").board
