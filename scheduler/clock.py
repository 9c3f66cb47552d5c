"""The time by the server's clock, which alone decides what is due; this machine's is never asked what time it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from callboard.broker.errors import ConnectionLost

ASK_EVERY: Final = 1.0
# While the server is away each question may take its whole time limit.
ASK_AGAIN: Final = 5.0


class ServerClock:
    """The server's time, asked once a second and counted on by the monotonic clock in between and while it is away."""

    def __init__(self, ask: Callable[[], int], monotonic: Callable[[], float] = time.monotonic) -> None:
        self._ask = ask
        self._monotonic = monotonic
        self._asking = threading.Lock()
        self._known: tuple[int, float] | None = None
        self._ask_at = 0.0

    def now_ms(self) -> int:
        """The time in ms. Raises ConnectionLost while the server has never been reached."""
        # One thread asks; others need not wait for it once anything is known.
        if self._asking.acquire(blocking=self._known is None):
            try:
                self._look()
            finally:
                self._asking.release()
        assert self._known is not None
        server_ms, at = self._known
        return server_ms + round((self._monotonic() - at) * 1000)

    def _look(self) -> None:
        before = self._monotonic()
        if self._known is not None and before < self._ask_at:
            return
        try:
            server_ms = self._ask()
        except ConnectionLost:
            self._ask_at = self._monotonic() + ASK_AGAIN
            if self._known is None:
                raise
            return
        after = self._monotonic()
        self._known = server_ms, (before + after) / 2
        self._ask_at = after + ASK_EVERY
