"""Replies of the server that are kept for who asks next, and what is known of whether they still hold."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from callboard.broker.keys import ERRORS, FLOW, FLOWS, JOB, LOG, SETTINGS, STARTS, STATE_KEYS
from callboard.broker.live_counts import PAUSED, TOUCHED
from callboard.broker.stream import Event
from callboard.jobs.states import BLOCKED, DELAYED, WAITING

MOST: Final = 20_000
MOST_BYTES: Final = 32_000_000
# One that is larger would have too many others forgotten.
MOST_OF_ONE: Final = 600_000
# How long a reply counts where no event tells of each change, in seconds, by the last part of the key or one before.
LASTS: Final = {
    "members": 60.0,
    "next": 60.0,
    "settings": 15.0,
    "flows": 15.0,
    "flow": 15.0,
    "worker": 15.0,
    "events": 5.0,
}
LASTS_ELSE: Final = 2.0
# How long a reply that is over may still be handed out, in seconds, however little there is to spend.
STALE_MOST: Final = 10.0
EDITED: Final = "job:edited"


@dataclass(slots=True)
class Reply:
    """What was read, and when; `told` where an event tells of each change of the key, `touched` when one has first."""

    value: Any
    at: float
    size: int
    told: bool
    touched: float | None = None


class KeptReplies:
    """The replies by their commands, the least asked first to go; for any number of threads."""

    def __init__(self, prefix: str, clock: Callable[[], float]) -> None:
        self._prefix, self._clock, self._lock = prefix, clock, Lock()
        self._replies: OrderedDict[Any, Reply] = OrderedDict()
        self._by_key: dict[str, set[Any]] = {}
        self._flights: list[set[str]] = []
        self._bytes = 0

    def find(self, commands: Iterable[Any], *, told: bool) -> tuple[dict[Any, Any], list[Any]]:
        """What is known of some commands, and those of them whose replies are over, the oldest first.

        `told` says whether all events have been noted until now. What has been over for long is not known any more.
        """
        now, values, over = self._clock(), {}, []
        with self._lock:
            for command in commands:
                reply = self._replies.get(command)
                since = _over_since(command, reply, told) if reply else None
                if reply and (since is None or now - since < STALE_MOST):
                    self._replies.move_to_end(command)
                    values[command] = reply.value
                    if since is not None and since <= now:
                        over.append((reply.at, command))
        return values, [command for _, command in sorted(over, key=lambda pair: pair[0])]

    @contextmanager
    def reading(self) -> Iterator[set[str]]:
        """The keys of which events tell while something is read: nobody knows what came first."""
        flight: set[str] = set()
        with self._lock:
            self._flights.append(flight)
        try:
            yield flight
        finally:
            with self._lock:
                self._flights = [other for other in self._flights if other is not flight]

    def keep(self, read: Iterable[tuple[Any, Any]], touched: set[str]) -> None:
        """Keep replies for who asks next."""
        now = self._clock()
        with self._lock:
            for command, value in read:
                key = str(command[1])
                self._drop(command)
                size = _size(value)
                if size > MOST_OF_ONE:
                    continue
                self._replies[command] = Reply(value, now, size, _is_told(key), now if key in touched else None)
                self._by_key.setdefault(key, set()).add(command)
                self._bytes += size
            while len(self._replies) > MOST or self._bytes > MOST_BYTES:
                self._drop(next(iter(self._replies)))

    def _drop(self, command: Any) -> None:
        reply = self._replies.pop(command, None)
        if reply:
            self._bytes -= reply.size
            key = str(command[1])
            self._by_key[key].discard(command)
            if not self._by_key[key]:
                del self._by_key[key]

    def note(self, events: Iterable[Event]) -> None:
        """Mark what events have changed; how far a job is they tell themselves."""
        with self._lock:
            for event in events:
                keys = set(self._keys(event))
                for flight in self._flights:
                    flight.update(keys)
                for key in keys:
                    for command in self._by_key.get(key, ()):
                        self._touch(command, event)

    def _touch(self, command: Any, event: Event) -> None:
        reply = self._replies[command]
        if command[0] == "HGET" and command[2] == "type":
            return
        if reply.touched is not None:
            return
        if command[0] != "HGETALL" or not event.version or not reply.value:
            reply.touched = self._clock()
            return
        fields = dict(zip(reply.value[::2], reply.value[1::2], strict=True))
        if int(fields.get("version", 0)) >= event.version:
            return  # it was read after the change
        if event.event != "job:progress":
            reply.touched = self._clock()
            return
        fields |= {"version": str(event.version), "progress": event.data}
        reply.value = [part for pair in fields.items() for part in pair]

    def _keys(self, event: Event) -> Iterator[str]:
        prefix, queue = self._prefix, event.queue
        kind = event.event.partition(":")[0]
        if kind == "job":
            yield JOB(prefix, event.job)
            if event.event != "job:progress":
                yield LOG(prefix, event.job)
                yield ERRORS(prefix, event.job)
        elif kind == "flow":
            yield FLOW(prefix, event.job)
            yield FLOWS(prefix)
        if event.event == EDITED:  # its order at least, and where it was moved both queues
            left = event.values.get("from")
            for other in (queue, left) if isinstance(left, str) else (queue,):
                yield from (STATE_KEYS[state](prefix, other) for state in (WAITING, DELAYED, BLOCKED))
        for state in TOUCHED.get(event.event, ()) if queue else ():
            yield SETTINGS(prefix, queue) if state == PAUSED else STATE_KEYS[state](prefix, queue)
        if event.event == "job:active":
            yield STARTS(prefix, queue)

    def doubt(self) -> None:
        """Let nothing count as it was."""
        with self._lock:
            for reply in self._replies.values():
                reply.touched = self._clock() if reply.touched is None else reply.touched


def _over_since(command: Any, reply: Reply, told: bool) -> float | None:
    """When a reply is over, or was; None where only an event can end it."""
    if reply.touched is not None:
        return reply.touched
    return None if told and reply.told else reply.at + _lasts(str(command[1]))


def _is_told(key: str) -> bool:
    """Whether events tell of each change of the key: jobs but for their places in a flow, queues but for settings."""
    last = key.rpartition(":")[2]
    return (":job:" in key or ":queue:" in key) and last not in LASTS


def _lasts(key: str) -> float:
    parts = key.rsplit(":", 2)
    return LASTS.get(parts[-1]) or LASTS.get(parts[-2], LASTS_ELSE)


def _size(value: Any) -> int:
    return 100 + (sum(map(_size, value)) if isinstance(value, list) else len(str(value)))
