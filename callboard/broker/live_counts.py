"""How many jobs are in each state of a queue, kept up by events: only what they touched is counted again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from callboard.broker.keys import SETTINGS, STATE_KEYS
from callboard.broker.link import Command, Links
from callboard.broker.stream import Event
from callboard.jobs.states import ACTIVE, BLOCKED, CANCELLED, COMPLETED, DELAYED, FAILED, STATES, WAITING

PAUSED: Final = "paused"
ALL: Final = (*STATES, PAUSED)
# The states whose number an event may have changed; an event that is not here changes none.
TOUCHED: Final = {
    "job:added": (WAITING, DELAYED, BLOCKED),
    "job:active": (WAITING, ACTIVE),
    "job:parked": (WAITING, DELAYED),
    "job:completed": (ACTIVE, COMPLETED),
    "job:retrying": (ACTIVE, DELAYED, WAITING),
    "job:released": (ACTIVE, DELAYED, WAITING),
    "job:failed": (ACTIVE, BLOCKED, FAILED),
    "job:cancelled": (WAITING, DELAYED, BLOCKED, ACTIVE, CANCELLED),
    "job:rescued": (ACTIVE, WAITING),
    "job:promoted": (DELAYED, BLOCKED, WAITING),
    "job:edited": (WAITING, DELAYED, BLOCKED),
    "job:rerun": (COMPLETED, FAILED, CANCELLED, WAITING, BLOCKED),
    "job:removed": (COMPLETED, FAILED, CANCELLED),
    "queue:status": ALL,
}
Counts = dict[str, int | bool]


class LiveCounts:
    """The counts of the queues of one server as one reader of its events knows them; for one thread."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._known: dict[str, Counts] = {}
        self._touched: dict[str, set[str]] = {}

    def note(self, event: Event) -> None:
        """Remember what an event may have changed."""
        states = TOUCHED.get(event.event)
        if states and event.queue:
            told = event.values.get("state") if event.event == "job:added" else None
            self._touched.setdefault(event.queue, set()).update((told,) if told in STATES else states)
            if event.event == "job:edited" and isinstance(left := event.values.get("from"), str):
                self._touched.setdefault(left, set()).update(states)

    def changed(self, watched: Callable[[str], bool], most: int) -> dict[str, Counts]:
        """The counts of the watched queues that have changed, with about `most` commands at most.

        What does not fit comes with the next calls, the longest untold queue first. Raises ConnectionLost.
        """
        chosen = self._choose(watched, most)
        asked = [(queue, name) for queue, names in chosen.items() for name in ALL if name in names]
        replies = self._links.run(*[self._count(queue, name) for queue, name in asked]) if asked else []
        found: dict[str, Counts] = {queue: dict(self._known.get(queue, {})) for queue in chosen}
        for (queue, name), reply in zip(asked, replies, strict=True):
            found[queue][name] = reply == "1" if name == PAUSED else int(reply)
        news = {queue: counts for queue, counts in found.items() if counts != self._known.get(queue)}
        for queue in chosen:
            del self._touched[queue]
        self._known |= news
        return news

    def _choose(self, watched: Callable[[str], bool], most: int) -> dict[str, set[str]]:
        chosen: dict[str, set[str]] = {}
        for queue, touched in self._touched.items():
            names = touched if queue in self._known else set(ALL)
            if chosen and most < len(names):
                break
            if watched(queue):
                chosen[queue] = names
                most -= len(names)
        return chosen

    def _count(self, queue: str, name: str) -> Command:
        prefix = self._links.prefix
        if name == PAUSED:
            return ("HGET", SETTINGS(prefix, queue), PAUSED)
        return ("ZCARD", STATE_KEYS[name](prefix, queue))
