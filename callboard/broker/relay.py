"""The engine's side of an SQL outbox: calls are accepted once, however often and however late they are relayed."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from callboard.broker.client import packed
from callboard.broker.link import Links
from callboard.broker.scripts import bind
from callboard.jobs.call import Call
from callboard.jobs.clock import duration_ms

RELAY: Final = bind("relay", "before_ms", "keep_ms", "jobs*")
UNMARK: Final = bind("unmark", "keep_ms", "ids*")

# A call must arrive so soon after its row was seen; longer than a connection and a reply may take together.
WITHIN: Final = timedelta(seconds=10)
# So long a mark is kept when nobody says that the row is gone, and so long after somebody has said it. The latter is
# longer than WITHIN: who saw the row before it was deleted comes while the mark is there, or too late.
MARK_KEPT: Final = timedelta(days=30)
MARK_KEPT_AFTER: Final = timedelta(minutes=1)


class Relay:
    """The verbs of a relay, over the connections of this process."""

    def __init__(self, links: Links) -> None:
        self.links = links

    def deadline_ms(self, seen: float) -> int:
        """Until when, by the server's clock, a row may be relayed that was seen at `seen` by the monotonic clock.

        Raises ConnectionLost.
        """
        now_ms = self.links.now_ms()
        # In this order: if we stand still in between, the deadline is too early, and never too late.
        return now_ms - duration_ms(time.monotonic() - seen) + duration_ms(WITHIN)

    def relay(self, calls: Iterable[Call], before_ms: int) -> bool:
        """Accept calls, all or none, each only once; False when it is later than `before_ms` and nothing was done.

        Raises as `Client.enqueue` does.
        """
        arguments: list[str | bytes | int] = []
        for call in calls:
            arguments += packed(call)
        head = (before_ms, duration_ms(MARK_KEPT))
        return bool(self.links.call(*self.links.script(RELAY.name, *head, *arguments)) == "OK")

    def unmark(self, ids: Sequence[str]) -> None:
        """Say that the rows of some calls are gone. Raises ConnectionLost, which only costs memory for a while."""
        self.links.call(*self.links.script(UNMARK.name, duration_ms(MARK_KEPT_AFTER), *ids))
