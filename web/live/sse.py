"""Live frames as server-sent events."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from flask import Response, request

from web.live.frames import RESYNC, Frame, Order
from web.live.listener import Listener
from web.live.live import Live, live
from web.live.peer import can_be_taken, peer_of, taken
from web.live.writer import HEARTBEAT

TYPE: Final = "text/event-stream"
HEADERS: Final = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
RETRY_MS: Final = 2_000
# A stream ends after a while, so that a token that was revoked is asked for again; the client comes back by itself.
LONGEST: Final = 900.0


def stream(
    topics: frozenset[str],
    types: frozenset[str] = frozenset(),
    after: Order | None = None,
    first: Callable[[str], Frame] | None = None,
) -> Response:
    """The answer that streams the events of topics, what came after an event first; `first` makes the very first frame.

    Raises Problem, ConnectionLost.
    """
    here = live()
    threaded = not can_be_taken(request.environ)
    listener = here.open(types, threaded=threaded)
    listener.peer = peer_of(request.environ) if threaded else None
    try:
        newest = here.watch(listener, topics, after)
        begin = _begin(newest, after, first)
    except BaseException:
        here.close(listener)
        raise
    return Streaming(here, listener, begin)


class Streaming(Response):
    """The answer to a client that listens: its connection goes to the one writer, else the server iterates over it."""

    def __init__(self, here: Live, listener: Listener, begin: bytes) -> None:
        self._here, self._listener, self._begin = here, listener, begin
        super().__init__(_chunks(here, listener, begin), headers=HEADERS, content_type=TYPE)
        self.call_on_close(lambda: here.close(listener))

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Hand the connection over where that is possible, and tell the server that it is gone."""
        if not can_be_taken(environ):
            return super().__call__(environ, start_response)
        headers = [*self.get_wsgi_headers(environ), ("Connection", "close")]
        lines = [f"HTTP/1.1 {self.status}", *(f"{name}: {value}" for name, value in headers), "", ""]
        head = "\r\n".join(lines).encode("latin-1") + self._begin
        self._here.writer.take(taken(environ), self._listener, head, _seconds())
        raise StopIteration


def _seconds() -> float:
    return LONGEST * random.uniform(0.8, 1.0)


def _begin(newest: str, after: Order | None, first: Callable[[str], Frame] | None) -> bytes:
    # An id of its own would skip what is to be replayed, should the connection break in between.
    id = b"" if after else f"id: {newest}\n".encode()
    # What is read after its events are listened to cannot miss any of them.
    return f"retry: {RETRY_MS}\n".encode() + id + b"\n" + (first(newest).sse if first else b"")


def _chunks(here: Live, listener: Listener, begin: bytes) -> Iterator[bytes]:
    ends_at = time.monotonic() + _seconds()
    yield from _send(listener, begin)
    sent_at = time.monotonic()
    while not listener.over and time.monotonic() < ends_at:
        newest = here.hub.newest
        frames = listener.wait(max(0.0, sent_at + HEARTBEAT - time.monotonic()))
        if frames:
            here.hub.told["resyncs"] += frames[0].event.event == RESYNC
            yield from _send(listener, b"".join(frame.sse for frame in frames))
        elif time.monotonic() < sent_at + HEARTBEAT:
            continue
        else:
            yield from _send(listener, f": still here\nid: {newest}\n\n".encode())
        sent_at = time.monotonic()


def _send(listener: Listener, data: bytes) -> Iterator[bytes]:
    listener.sending_since = time.monotonic()
    yield data
    listener.sending_since = None
