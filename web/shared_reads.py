"""Who may be given what was read for another: whoever looks, but nobody who has just changed something."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from flask import g, has_request_context, request

# So long after an act all reads of who acted are made anew: its events have come by then, and been looked at.
FRESH_FOR: Final = 10.0
CALLERS: Final = 10_000


class LastActs:
    """When each caller has changed something last; the oldest are forgotten."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._at: OrderedDict[str, float] = OrderedDict()

    def note(self, caller: str) -> None:
        """A caller has changed something just now."""
        with self._lock:
            self._at[caller] = self._clock()
            self._at.move_to_end(caller)
            while len(self._at) > CALLERS:
                self._at.popitem(last=False)

    def lately(self, caller: str) -> bool:
        """Whether a caller has changed something within the last seconds."""
        at = self._at.get(caller)
        return at is not None and self._clock() - at < FRESH_FOR


def may_share(acts: LastActs) -> bool:
    """Whether the request that is answered now may be given what another has read."""
    if not has_request_context() or request.method not in ("GET", "HEAD") or g.get("reads_anew"):
        return False
    caller = g.get("caller")
    return caller is None or not acts.lately(caller.id)


@contextmanager
def reading_anew() -> Iterator[None]:
    """For a block, read what is there now: for what must not be older than the events that have been told."""
    before, g.reads_anew = g.get("reads_anew", False), True
    try:
        yield
    finally:
        g.reads_anew = before
