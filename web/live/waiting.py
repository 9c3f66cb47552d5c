"""Wait until a job has ended: the events of this process wake who waits, a slow look sees to it that none is missed."""

from __future__ import annotations

import time
from contextlib import suppress
from threading import Event as Bell
from typing import Final

from callboard.broker.errors import ConnectionLost
from callboard.jobs.states import FINAL
from web.live.frames import ENDS
from web.live.listener import Listener
from web.live.live import live
from web.services import here

LOOK_EVERY: Final = 2.0


def wait_for_end(id: str, seconds: float) -> None:
    """Wait until a job has ended, or so long. Raises JobMissing, ConnectionLost."""
    bell, deadline, store = Bell(), time.monotonic() + seconds, here().store
    listener = Listener(here().mask, frozenset(ENDS), bell.set)
    try:
        with suppress(ConnectionLost):  # without the reader of events the slow look is all there is
            live().watch(listener, frozenset({f"job:{id}"}))
        while store.get(id).state not in FINAL and (left := deadline - time.monotonic()) > 0:
            bell.wait(min(LOOK_EVERY, left))
            bell.clear()
    finally:
        live().hub.leave(listener)
