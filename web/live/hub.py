"""The fan-out: who watches which topic, and the newest events in memory for those who come back."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from threading import Lock
from typing import Final

from callboard.broker.stream import Event
from web.live.filters import Fits
from web.live.frames import LOG, Frame, Order, place
from web.live.listener import Listener

KEPT: Final = 5_000
KEPT_BYTES: Final = 8_000_000


class Hub:
    """The listeners of one process by topic; one thread publishes, any may come and go."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._listeners: dict[str, set[Listener]] = {}
        self._members: dict[str, list[str]] = {}
        self._filters: dict[str, Fits] = {}
        self._recent: deque[Frame] = deque()
        self._bytes = 0
        self.since = self.newest = "0-0"
        self.away: Frame | None = None
        self.told = Counter[str]()

    def begin(self, id: str) -> None:
        """Forget what was published: the frames from now on follow this event."""
        with self._lock:
            self._recent.clear()
            self._bytes, self.since, self.newest = 0, id, id

    def publish(self, frames: Iterable[Frame]) -> None:
        """Hand events of the stream, in its order, to all who watch one of their topics, and keep them."""
        with self._lock:
            for frame in frames:
                self._keep(frame)
                self._offer(frame)

    def tell(self, frame: Frame) -> None:
        """Hand a frame that is not in the stream to those who watch."""
        with self._lock:
            self._offer(frame)

    def lost(self, frame: Frame) -> None:
        """Say to all who listen, and to who comes until it is found again, that the server is away."""
        self.away = frame
        self._say(frame)

    def found(self, frame: Frame) -> None:
        """Say to all who listen that the server is there again."""
        self.away = None
        self._say(frame)

    def _say(self, frame: Frame) -> None:
        for listener in self.listeners():
            listener.offer(frame)

    def _keep(self, frame: Frame) -> None:
        self.newest = frame.id
        self._recent.append(frame)
        self._bytes += frame.size
        while len(self._recent) > KEPT or self._bytes > KEPT_BYTES:
            oldest = self._recent.popleft()
            self._bytes -= oldest.size
            self.since = oldest.id

    def _offer(self, frame: Frame) -> None:
        found = [self._listeners[topic] for topic in self._topics(frame) if topic in self._listeners]
        for listener in found[0] if len(found) == 1 else set().union(*found):
            listener.offer(frame)

    def _topics(self, frame: Frame) -> list[str]:
        flows = self._members.get(frame.event.job, ()) if self._members and frame.event.event != LOG else ()
        filters = [topic for topic, fits in self._filters.items() if fits(frame.event)] if self._filters else ()
        return [*frame.topics, *flows, *filters]

    def enter(self, listener: Listener, topics: frozenset[str], after: Order | None) -> tuple[list[Frame], str, str]:
        """Let a listener watch topics: the kept events since `after`, the id since which all are kept, the newest."""
        with self._lock:
            for topic in topics:
                self._listeners.setdefault(topic, set()).add(listener)
            listener.topics |= topics
            if self.away:
                listener.offer(self.away)
            missed = [] if after is None else [frame for frame in self._later(after) if self.concerns(frame, topics)]
            return missed, self.since, self.newest

    def _later(self, after: Order) -> list[Frame]:
        later = []
        for frame in reversed(self._recent):
            if frame.order <= after:
                break
            later.append(frame)
        return later[::-1]

    def events_since(self, after: Order, count: int) -> list[Event] | None:
        """So many events at most after an id, out of memory; None where not all after it are there."""
        with self._lock:
            later = None if after < place(self.since) else self._later(after)
        return None if later is None else [frame.event for frame in later[:count]]

    def concerns(self, frame: Frame, topics: frozenset[str]) -> bool:
        """Whether a frame belongs to one of some topics."""
        return not topics.isdisjoint(self._topics(frame))

    def follow_flow(self, topic: str, members: Iterable[str]) -> None:
        """Have the events of some jobs told to those who watch their flow."""
        with self._lock:
            for job in members:
                if topic not in self._members.setdefault(job, []):
                    self._members[job].append(topic)

    def follow_filter(self, topic: str, fits: Fits) -> None:
        """Have the events told that may be about jobs of a saved view, as it is now."""
        with self._lock:
            self._filters[topic] = fits

    def leave(self, listener: Listener) -> None:
        """Forget a listener, and the topics that nobody watches any more."""
        with self._lock:
            for topic in listener.topics:
                watching = self._listeners.get(topic, set())
                watching.discard(listener)
                if not watching:
                    self._drop(topic)

    def _drop(self, topic: str) -> None:
        self._listeners.pop(topic, None)
        self._filters.pop(topic, None)
        if topic.startswith("flow:"):
            kept = {job: [flow for flow in flows if flow != topic] for job, flows in self._members.items()}
            self._members = {job: flows for job, flows in kept.items() if flows}

    def listeners(self) -> set[Listener]:
        """All who listen."""
        with self._lock:
            return set().union(*self._listeners.values())

    def watched(self) -> set[str]:
        """The topics that somebody watches."""
        with self._lock:
            return set(self._listeners)
