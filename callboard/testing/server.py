"""A Valkey for tests only: in a folder that is removed with it, stopped at the end of a block."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from callboard.broker.embedded import start_embedded


@contextmanager
def private_server() -> Iterator[str]:
    """The URL of a server of one's own; takes a tenth of a second to start. Raises EmbeddedError."""
    with tempfile.TemporaryDirectory(prefix="callboard-test-") as folder, start_embedded(Path(folder)) as server:
        yield server.url
