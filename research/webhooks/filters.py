"""Which events a webhook receives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from callboard.jobs.policy import queue_slug, type_slug
from callboard.jobs.states import EVENTS
from research.webhooks.errors import BadFilter

TEST_EVENT: Final = "webhook:test"
# They come many times a second; whoever wants them reads the stream.
TOO_FREQUENT: Final = ("job:progress", "job:log", "queue:stats")
DELIVERED: Final = tuple(event for event in EVENTS if event not in TOO_FREQUENT)
DEFAULT_EVENTS: Final = ("job:completed", "job:failed")


@dataclass(frozen=True, slots=True)
class Filter:
    """Patterns of event names (`job:*`), and the types and queues it is about; empty means all of them."""

    events: tuple[str, ...] = DEFAULT_EVENTS
    types: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()

    def fits(self, event: str, type: str, queue: str) -> bool:
        """Whether an event is one of these; one without a type or queue passes no filter for them."""
        return (
            event in DELIVERED
            and any(fnmatchcase(event, pattern) for pattern in self.events)
            and (not self.types or type in self.types)
            and (not self.queues or queue in self.queues)
        )


def checked_filter(events: Iterable[str] = (), types: Iterable[str] = (), queues: Iterable[str] = ()) -> Filter:
    """A filter of patterns that fit something. Raises BadFilter, or ValueError for what cannot be a type or queue."""
    patterns = tuple(dict.fromkeys(events)) or DEFAULT_EVENTS
    for pattern in patterns:
        if not any(fnmatchcase(event, pattern) for event in DELIVERED):
            raise BadFilter(_why_not(pattern))
    return Filter(patterns, tuple(map(type_slug, types)), tuple(map(queue_slug, queues)))


def _why_not(pattern: str) -> str:
    if any(fnmatchcase(event, pattern) for event in TOO_FREQUENT):
        return f"{pattern} comes too often for webhooks; read it from the event stream"
    return f'no event is called "{pattern}"; there are {", ".join(DELIVERED)}, and patterns such as job:*'
