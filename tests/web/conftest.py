"""The application on a real server and a database of its own, and a client for each role."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from callboard.history.database import writing
from callboard.history.schema import HISTORY
from callboard.history.tokens import create_token
from callboard.jobs.settings import Settings
from research.schema import RESEARCH
from web.app import create_app, equip
from web.live.live import NAME as LIVE
from web.services import NAME, Services

Ask = Callable[..., Any]


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with all tables, to be copied: making them takes far longer."""
    home = tmp_path_factory.mktemp("home")
    for schema in (HISTORY, RESEARCH):
        schema.upgrade(replace(Settings(), home=home).sql_url)
    return home


@pytest.fixture(scope="session")
def application(empty_home: Path) -> Flask:
    """The routes of one application for all tests: they take longer to make than most tests."""
    app = create_app(replace(Settings(), home=empty_home))
    app.testing = True
    return app


@pytest.fixture
def chosen(valkey_url: str, prefix: str, empty_home: Path, tmp_path: Path) -> Settings:
    """Settings for an empty part of the server and a database of the test's own."""
    shutil.copytree(empty_home, tmp_path, dirs_exist_ok=True)
    return replace(Settings(), redis_url=valkey_url, prefix=prefix, home=tmp_path, embeddings="hashed")


@pytest.fixture
def app(application: Flask, chosen: Settings) -> Iterator[Flask]:
    """The application with stores of the test's own, and nothing that it remembers of other tests."""
    equip(application, chosen)
    yield application
    put_away(application)


def put_away(app: Flask) -> None:
    """Close the connections of an application."""
    services: Services = app.extensions[NAME]
    app.extensions[LIVE].stop()
    services.links.close()
    services.engine.dispose()


@pytest.fixture
def services(app: Flask) -> Services:
    """What the views of the application work with."""
    found: Services = app.extensions[NAME]
    return found


@pytest.fixture
def token(services: Services) -> Callable[[str], str]:
    """Makes a token of a role."""

    def make(role: str, expires_ms: int | None = None) -> str:
        with writing(services.engine) as session:
            return create_token(session, f"the {role}", role, services.now_ms(), expires_ms=expires_ms)[1]

    return make


@pytest.fixture
def nobody(app: Flask) -> FlaskClient:
    """A client without a token."""
    return app.test_client()


@pytest.fixture
def viewer(app: Flask, token: Callable[[str], str]) -> FlaskClient:
    """A client that may look."""
    return bearing(app, token("viewer"))


@pytest.fixture
def operator(app: Flask, token: Callable[[str], str]) -> FlaskClient:
    """A client that may act."""
    return bearing(app, token("operator"))


@pytest.fixture
def admin(app: Flask, token: Callable[[str], str]) -> FlaskClient:
    """A client that may do everything."""
    return bearing(app, token("admin"))


def bearing(app: Flask, token: str) -> FlaskClient:
    """A client that sends a token with every request."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def told(answer: TestResponse) -> Any:
    """What an answer says."""
    return json.loads(answer.data)
