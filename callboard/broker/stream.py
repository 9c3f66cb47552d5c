"""The event stream: what changed, in order, from any point that is still kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from callboard.broker.keys import EVENTS
from callboard.broker.link import REPLY_TIMEOUT, Links
from callboard.jobs.clock import from_ms
from callboard.jobs.encoding import NotJson, decode

BLOCK_MS: Final = 2000
BATCH: Final = 500


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the stream; `id` is its place in it, `job` the job or flow it is about."""

    id: str
    event: str
    job: str
    type: str
    queue: str
    version: int
    data: str

    @property
    def at(self) -> datetime:
        """When it happened, by the clock of the server."""
        moment = from_ms(self.at_ms)
        assert moment is not None
        return moment

    @property
    def at_ms(self) -> int:
        """The same as a stamp."""
        return int(self.id.partition("-")[0])

    @property
    def values(self) -> dict[str, Any]:
        """What its data tells, empty where that is no JSON object."""
        try:
            values = decode(self.data, "event") if self.data else {}
        except NotJson:
            return {}
        return values if isinstance(values, dict) else {}


def event_of(id: str, fields: list[str]) -> Event:
    """The event of an entry as the server gives it."""
    value: dict[str, Any] = dict(zip(fields[::2], fields[1::2], strict=True))
    version = value.get("version", "0")
    return Event(
        id,
        value.get("event", ""),
        value.get("id", ""),
        value.get("type", ""),
        value.get("queue", ""),
        int(version) if version.isdigit() else 0,
        value.get("data", ""),
    )


def events_after(links: Links, after: str, count: int = BATCH) -> list[Event]:
    """The events after an id that are there now, without waiting for more. Raises ConnectionLost."""
    reply = links.call("XRANGE", EVENTS(links.prefix), f"({after}", "+", "COUNT", count)
    return [event_of(id, fields) for id, fields in reply]


def is_whole_after(links: Links, after: str) -> bool:
    """Whether all events after an id are still in the stream. Raises ConnectionLost."""
    kept, newest = links.run(
        ("XRANGE", EVENTS(links.prefix), "-", "+", "COUNT", 1),
        ("XREVRANGE", EVENTS(links.prefix), "+", "-", "COUNT", 1),
    )
    if not kept:
        return False  # whatever the id is of, it is not of these data
    return place(kept[0][0]) <= place(after) <= place(newest[0][0])


def place(id: str) -> tuple[int, int]:
    """The id of an event as numbers."""
    ms, _, number = id.partition("-")
    return int(ms), int(number or 0)


class Stream:
    """A reader of the stream with a connection of its own; reading never hurts those who write."""

    def __init__(self, links: Links, after: str = "$", batch: int = BATCH) -> None:
        self._links = links
        self._batch = batch
        self._link = links.open()
        self._key = EVENTS(links.prefix)
        self.after = after

    def latest(self) -> str:
        """The id of the newest event, `0-0` when there is none."""
        newest = self._links.call("XREVRANGE", self._key, "+", "-", "COUNT", 1)
        return str(newest[0][0]) if newest else "0-0"

    def read(self, block_ms: int = BLOCK_MS) -> list[Event]:
        """The next events, waiting up to `block_ms` for the first. Raises ConnectionLost; the place is kept."""
        if self.after == "$":
            self.after = self.latest()
        command = ("XREAD", "COUNT", self._batch, "BLOCK", block_ms, "STREAMS", self._key, self.after)
        reply = self._link.run([command], timeout=block_ms / 1000 + REPLY_TIMEOUT)[0]
        if not reply:
            return []
        entries = reply[self._key] if isinstance(reply, dict) else reply[0][1]
        events = [event_of(id, fields) for id, fields in entries]
        self.after = events[-1].id
        return events

    def follow(self) -> Iterator[Event]:
        """Events for ever."""
        while True:
            yield from self.read()

    def close(self) -> None:
        """Close the connection."""
        self._link.close()
