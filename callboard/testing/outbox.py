"""The SQL outbox on a test board: what a transaction has enqueued is there when it has committed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from callboard.history.outbox_commit import Work, pusher
from callboard.history.outbox_relay import relay


@contextmanager
def relayed_at_once() -> Iterator[None]:
    """Within a block, push in the thread that commits: another thread would come a moment late, or after the test."""
    with patch.object(pusher, "push", _push):
        yield


def _push(work: Work) -> None:
    engine, client, numbers = work
    relay(engine, client, only=numbers)
