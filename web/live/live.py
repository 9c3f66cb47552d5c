"""The live stream of one application: its hub, its reader once somebody listens, and how many may."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final

from flask import current_app

from callboard.broker.errors import ConnectionLost
from callboard.broker.stream import events_after, is_whole_after
from callboard.history.database import reading
from callboard.history.errors import ViewMissing
from callboard.history.search.grammar import parse
from callboard.history.views import get_view
from web.live.filters import fits
from web.live.frames import Frame, Order, frame_of, place, resync_frame
from web.live.hub import KEPT, Hub
from web.live.listener import Listener
from web.live.reader import Reader
from web.live.topics import FILTER
from web.live.writer import Writer
from web.problems import Problem

if TYPE_CHECKING:
    from web.services import Services

NAME: Final = "callboard.live"
# How many may listen, beside requests and in a process of their own; and how many of them by WebSocket, which takes a
# thread of the server for itself, as does a stream whose connection cannot be taken over.
BESIDE_REQUESTS: Final = (100, 8)
ALONE: Final = (1_200, 64)
BATCH: Final = 1_000


@dataclass
class Live:
    """What views open listeners with; `most` of them at a time, and of those that take a thread."""

    services: Services
    most: tuple[int, int] = BESIDE_REQUESTS
    hub: Hub = field(default_factory=Hub)
    _reader: Reader | None = None
    _writer: Writer | None = None
    # Told of the time of the oldest event, ms, whenever a client is sent some.
    on_take: Callable[[int], None] | None = None
    _open: dict[Listener, bool] = field(default_factory=dict)
    _transports: dict[Listener, str] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        # Where many look, the events say what must be read again.
        self.services.reads.when_scarce = self._begin_if_possible

    def open(
        self, types: frozenset[str] = frozenset(), ring: Callable[[], None] | None = None, *, threaded: bool = True
    ) -> Listener:
        """A listener without topics yet, to be closed by who asked. Raises Problem when there are too many."""
        listener = Listener(self.services.mask, types, ring)
        listener.on_take = self.on_take
        with self._lock:
            if len(self._open) >= self.most[0] or (threaded and sum(self._open.values()) >= self.most[1]):
                self.hub.told["refused"] += 1
                raise Problem(
                    503,
                    "streams_full",
                    f"this process serves {self.most[threaded]} live streams of this kind, and all are taken",
                    hint="poll with If-None-Match until one is free, or send streams to a live process",
                    headers={"Retry-After": "5"},
                )
            self._open[listener] = threaded
            self._transports[listener] = "websocket" if ring else "sse"
        return listener

    def close(self, listener: Listener) -> None:
        """End a listener."""
        self.hub.leave(listener)
        with self._lock:
            self._open.pop(listener, None)
            self._transports.pop(listener, None)

    @property
    def writer(self) -> Writer:
        """The thread that writes to those who listen over SSE."""
        with self._lock:
            if self._writer is None:
                self._writer = Writer(self.hub, self.close)
            return self._writer

    def watch(self, listener: Listener, topics: frozenset[str], after: Order | None = None) -> str:
        """Have a listener watch topics from now on, and what came after an event first; the id it is up to date with.

        Raises ConnectionLost, Problem for the filter of a view that there is not.
        """
        self._begin()
        for topic in topics:
            if topic.startswith("flow:") and topic not in self.hub.watched():
                self._follow(topic)
            elif topic.startswith(FILTER):
                self._filter(topic)
        missed, since, newest = self.hub.enter(listener, topics, after)
        if after is not None and after < place(since):
            listener.replay([*self._older(after, since, topics), *missed])
        else:
            listener.replay(missed)
        return newest

    def _begin(self) -> None:
        with self._lock:
            if self._reader is None:
                reader = Reader(self.services.reads, self.hub, self.services.mask)
                reader.start()
                self._reader = reader

    def _begin_if_possible(self) -> None:
        if self._reader is None:
            with suppress(ConnectionLost):
                self._begin()

    def _follow(self, topic: str) -> None:
        flow = self.services.store.flow(topic.removeprefix("flow:"))
        self.hub.follow_flow(topic, flow.members if flow else ())

    def _filter(self, topic: str) -> None:
        """Read the view anew for each who comes: it may have been changed since."""
        try:
            with reading(self.services.engine) as session:
                query = get_view(session, topic.removeprefix(FILTER)).query
        except ViewMissing as error:
            hint = "GET /api/v1/views lists them"
            raise Problem(404, "not_found", str(error), hint=hint) from None
        self.hub.follow_filter(topic, fits(parse(query)))

    def _older(self, after: Order, until: str, topics: frozenset[str]) -> list[Frame]:
        """The frames between an event and those in memory, out of the stream; a resync where they are not all there."""
        links, frames, last = self.services.links, list[Frame](), f"{after[0]}-{after[1]}"
        if not is_whole_after(links, last):
            return [resync_frame(until, "too_old")]
        read = 0
        while events := events_after(links, last, BATCH):
            inside = [event for event in events if place(event.id) <= place(until)]
            read += len(inside)
            if read > KEPT:
                return [resync_frame(until, "too_many")]
            made = [frame_of(event, self.services.mask) for event in inside]
            frames += [frame for frame in made if self.hub.concerns(frame, topics)]
            if len(inside) < len(events):
                break
            last = events[-1].id
        return frames

    def figures(self) -> dict[str, int]:
        """How many listen, and how often the reader began anew, clients were refused, cut off, or had to fetch anew."""
        restarts = self._reader.restarts if self._reader else 0
        return {"clients": len(self._open), "restarts": restarts, **self.hub.told}

    def clients(self) -> dict[str, int]:
        """How many listen, by how."""
        with self._lock:
            return {"sse": 0, "websocket": 0} | Counter(self._transports.values())

    def stop(self) -> None:
        """End the reader and the writer."""
        if self._reader is not None:
            self._reader.stop()
        if self._writer is not None:
            self._writer.stop()


def live() -> Live:
    """The live stream of the application that answers now."""
    found: Live = current_app.extensions[NAME]
    return found
