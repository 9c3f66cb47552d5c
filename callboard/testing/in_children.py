"""Child processes for isolated types that work on the server of a test board."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from callboard.broker.link import Links
from callboard.jobs.settings import environment
from callboard.worker.isolation import close_children


@contextmanager
def children_of(links: Links) -> Iterator[None]:
    """Within a block, children that are started find the server of these connections in their environment."""
    close_children()  # those of another test know its server only
    try:
        with environment(REDIS_URL=links.url, CALLBOARD_PREFIX=links.prefix):
            yield
    finally:
        close_children()
