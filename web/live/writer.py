"""All event streams of a process written by one thread: a stream costs a socket, and no thread of the server."""

from __future__ import annotations

import logging
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Final

from web.live.frames import RESYNC
from web.live.hub import Hub
from web.live.listener import Listener

HEARTBEAT: Final = 15.0
STUCK: Final = 20.0
LOOK_EVERY: Final = 1.0
SHORTEST: Final = 0.01
log = logging.getLogger("callboard.live")


@dataclass(eq=False)
class Stream:
    """One client: its socket, what it listens to, and what its connection has not taken yet."""

    socket: socket.socket
    listener: Listener
    ends_at: float
    out: bytearray = field(default_factory=bytearray)
    sent_at: float = field(default_factory=time.monotonic)


class Writer:
    """The thread; `close` is called with each listener whose stream is over."""

    def __init__(self, hub: Hub, close: Callable[[Listener], None]) -> None:
        self._hub = hub
        self._close = close
        self._streams: set[Stream] = set()
        self._ready: set[Stream] = set()
        self._rung: deque[Stream] = deque()
        self._awake = False
        self._over = False
        self._lock = Lock()
        self._selector = selectors.DefaultSelector()
        self._bell, self._waker = socket.socketpair()
        for end in (self._bell, self._waker):
            end.setblocking(False)
        self._selector.register(self._bell, selectors.EVENT_READ)
        self._look_at = 0.0
        self._thread = Thread(target=self._run, name="live-writer", daemon=True)

    def take(self, taken: socket.socket, listener: Listener, head: bytes, seconds: float) -> None:
        """Write to a client from now on, `head` first, for so long at most."""
        taken.setblocking(False)
        stream = Stream(taken, listener, time.monotonic() + seconds, bytearray(head))
        with self._lock:
            self._streams.add(stream)
            if self._thread.ident is None:
                self._thread.start()
        listener.on_ring(lambda: self._ring(stream))

    def _ring(self, stream: Stream) -> None:
        self._rung.append(stream)
        if not self._awake:
            self._awake = True
            self._wake()

    def _wake(self) -> None:
        try:
            self._waker.send(b"!")
        except OSError:
            return  # it is full, so the thread is about to wake, or closed

    def stop(self) -> None:
        """End all streams, and the thread."""
        self._over = True
        self._wake()
        if self._thread.ident is not None:
            self._thread.join()
        for end in (self._bell, self._waker):
            end.close()
        self._selector.close()

    def _run(self) -> None:
        while not self._over:
            try:
                self._turn()
            except Exception:  # whatever it is, the other streams go on
                log.exception("live streams could not be written")
                time.sleep(LOOK_EVERY)
        for stream in list(self._streams):
            self._drop(stream, "")

    def _turn(self) -> None:
        for key, events in self._selector.select(self._patience()):
            if key.fileobj is self._bell:
                self._bell.recv(4096)
            else:
                self._attend(key.data, events)
        self._awake = False
        while self._rung:
            self._ready.add(self._rung.popleft())
        for stream in list(self._ready):
            self._serve_or_drop(stream)
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_EVERY
            self._look()

    def _patience(self) -> float:
        """Seconds until something is due."""
        now = time.monotonic()
        due = min((stream.listener.pause() for stream in self._ready if not stream.out), default=LOOK_EVERY)
        return max(SHORTEST if self._ready else 0.0, min(due, self._look_at - now, LOOK_EVERY))

    def _attend(self, stream: Stream, events: int) -> None:
        """What the connection says: there is room again, or the client has left."""
        if events & selectors.EVENT_READ:
            try:
                gone = not stream.socket.recv(4096)
            except BlockingIOError:
                gone = False
            except OSError:
                gone = True
            if gone:
                self._drop(stream, "gone")
                return
        if events & selectors.EVENT_WRITE:
            self._send(stream)

    def _serve_or_drop(self, stream: Stream) -> None:
        try:
            self._serve(stream)
        except Exception:  # one stream must not end the others
            log.exception("a live stream could not be written")
            self._drop(stream, "broken")

    def _serve(self, stream: Stream) -> None:
        """Send a client what waits for it, unless it has not taken what was sent before, or just got something."""
        if stream not in self._streams:
            self._ready.discard(stream)
            return
        if not stream.out and stream.listener.waiting:
            if stream.listener.pause() > 0:
                return
            frames = stream.listener.take()
            self._hub.told["resyncs"] += bool(frames) and frames[0].event.event == RESYNC
            stream.out += b"".join(frame.sse for frame in frames)
        self._ready.discard(stream)
        self._send(stream)

    def _send(self, stream: Stream) -> None:
        if stream not in self._streams:
            return
        try:
            sent = stream.socket.send(stream.out) if stream.out else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(stream, "gone")
            return
        if sent:
            stream.sent_at = time.monotonic()
            del stream.out[:sent]
        self._watch(stream)
        if not stream.out and stream.listener.waiting:
            self._ready.add(stream)

    def _watch(self, stream: Stream) -> None:
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if stream.out else 0)
        known = self._selector.get_map().get(stream.socket)
        if known is None:
            self._selector.register(stream.socket, wanted, stream)
        elif known.events != wanted:
            self._selector.modify(stream.socket, wanted, stream)

    def _look(self) -> None:
        """Each second: heartbeats, streams that have had their time, clients that take nothing."""
        now, newest = time.monotonic(), self._hub.newest
        for stream in list(self._streams):
            if now > stream.ends_at or stream.listener.over:
                self._drop(stream, "")
            elif stream.out and now - stream.sent_at > STUCK:
                self._drop(stream, "stuck")
            elif now - stream.sent_at > HEARTBEAT and not stream.listener.waiting:
                stream.out += f": still here\nid: {newest}\n\n".encode()
                self._send(stream)

    def _drop(self, stream: Stream, why: str) -> None:
        with self._lock:
            self._streams.discard(stream)
        self._ready.discard(stream)
        if self._selector.get_map().get(stream.socket) is not None:
            self._selector.unregister(stream.socket)
        stream.socket.close()
        self._close(stream.listener)
        if why:
            self._hub.told[why] += 1
