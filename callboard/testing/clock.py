"""The clock of a test board: it stands still until the test moves it."""

from __future__ import annotations

from datetime import datetime, timedelta

from callboard.broker.keys import HELD_CLOCK
from callboard.broker.link import Links
from callboard.jobs.clock import from_ms, to_ms


class HeldClock:
    """The time by which the engine decides what is due; bodies and callers still see the clock of the machine."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._key = HELD_CLOCK(links.prefix)

    @property
    def now(self) -> datetime:
        """The time on the board."""
        now = from_ms(self._links.now_ms())
        assert now is not None
        return now

    def freeze(self, at: datetime | None = None) -> datetime:
        """Hold the clock at a time, else where it is. Raises ValueError for a time without a zone."""
        self._hold(self._links.now_ms() if at is None else to_ms(at))
        return self.now

    def advance(self, by: timedelta) -> datetime:
        """Let time pass and hold the clock again. Raises ValueError for a time that runs backwards."""
        if by < timedelta(0):
            raise ValueError(f"time can only be advanced, got {by}; freeze(at) sets an earlier time")
        self._hold(self._links.now_ms() + round(by.total_seconds() * 1000))
        return self.now

    def thaw(self) -> None:
        """Let the clock of the server run again, from the present time."""
        self._links.call("DEL", self._key)

    def _hold(self, ms: int) -> None:
        self._links.call("SET", self._key, ms)
