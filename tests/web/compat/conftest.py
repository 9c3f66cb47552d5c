"""The application as old clients meet it; the bodies of small imports work on its stores as well."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from actors import services as of_actors
from callboard.jobs.settings import Settings
from tests.platform_worker import platform
from web.app import create_app
from web.services import NAME, Services

__all__ = ["platform"]


@pytest.fixture(scope="session")
def application(empty_home: Path) -> Flask:
    """The routes of one application for all tests here: they take longer to make than most of these tests."""
    return create_app(replace(Settings(), home=empty_home))


@pytest.fixture
def app(application: Flask, valkey_url: str, prefix: str, empty_home: Path, tmp_path: Path) -> Iterator[Flask]:
    """The application over an empty part of the server and a database of the test's own."""
    shutil.copytree(empty_home, tmp_path, dirs_exist_ok=True)
    chosen = replace(Settings(), redis_url=valkey_url, prefix=prefix, home=tmp_path, embeddings="hashed")
    services = application.extensions[NAME] = Services(chosen)
    application.testing = True
    yield application
    services.links.close()
    services.engine.dispose()


@pytest.fixture(autouse=True)
def one_deployment(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what the job types work with made from the settings of the application, as in a real process."""
    monkeypatch.setattr(of_actors, "settings", lambda: services.settings)
    for name in ("database", "files"):
        getattr(of_actors, name).cache_clear()
