"""What the tests of providers work with."""

from collections.abc import Iterator

import pytest

from tests.research.ai.server import AiServer, serving


@pytest.fixture
def ai_server() -> Iterator[AiServer]:
    """A server of the test's own that speaks both protocols."""
    with serving() as server:
        yield server
