"""The application as old clients meet it; the bodies of small imports work on its stores as well."""

import pytest

from actors import services as of_actors
from tests.platform_worker import platform
from web.services import Services

__all__ = ["platform"]


@pytest.fixture(autouse=True)
def one_deployment(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what the job types work with made from the settings of the application, as in a real process."""
    monkeypatch.setattr(of_actors, "settings", lambda: services.settings)
    for name in ("database", "files"):
        getattr(of_actors, name).cache_clear()
