"""The application of the tests of the web, for what is shipped to watch it."""

from tests.web.conftest import app, empty_home, services, token, viewer

__all__ = ["app", "empty_home", "services", "token", "viewer"]
