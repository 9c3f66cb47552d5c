"""Events that are still in the stream, the newest first, of all or of some kinds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from callboard.broker.keys import EVENTS
from callboard.broker.link import Links
from callboard.broker.stream import Event, event_of, place

BATCH: Final = 1_000
LOOKED_AT: Final = 10_000


@dataclass(frozen=True, slots=True)
class PastEvents:
    """Events, the newest first; older ones come before `next`, which is None where the stream begins."""

    events: list[Event]
    next: str | None


def past_events(
    links: Links, before: str = "+", limit: int = 100, *, wanted: Callable[[Event], bool] = lambda _: True
) -> PastEvents:
    """The newest events that are wanted, from an id on back; at most 10,000 are looked at. Raises ConnectionLost."""
    found: list[Event] = []
    upper, looked_at = before, 0
    while looked_at < LOOKED_AT:
        size = min(BATCH if looked_at else limit, LOOKED_AT - looked_at)
        reply = links.call("XREVRANGE", EVENTS(links.prefix), upper, "-", "COUNT", size)
        events = [event_of(id, fields) for id, fields in reply]
        for event in events:
            if wanted(event):
                found.append(event)
            if len(found) == limit:
                return PastEvents(found, older(event.id))
        looked_at += len(events)
        if len(events) < size:
            return PastEvents(found, None)
        upper = older(events[-1].id)
    return PastEvents(found, upper)


def older(id: str) -> str:
    """The largest id before one."""
    ms, number = place(id)
    return f"{ms}-{number - 1}" if number else f"{max(ms - 1, 0)}-18446744073709551615"
