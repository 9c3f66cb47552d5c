"""The application of the tests of the web, for what is shipped to watch it."""

from tests.web.conftest import app, application, chosen, empty_home, services, token, viewer

__all__ = ["app", "application", "chosen", "empty_home", "services", "token", "viewer"]
