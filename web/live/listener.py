"""One client: what waits to be sent to it, coalesced and bounded, so that a slow one is nobody else's trouble."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from threading import Event as Bell
from threading import Lock
from typing import Final

from callboard.jobs.masking import Mask
from web.live.frames import AWAY, BACK, LOG, STATE, STATS, Frame, Order, joined_log, resync_frame
from web.live.peer import Peer

BACKLOG: Final = 200
EVERY: Final = 0.2
RESYNC_EVERY: Final = 1.0
# Frames that tell how things are now, at the place of an older event.
READINGS: Final = (STATS, STATE, AWAY, BACK)


class Listener:
    """The frames for one client since the last time it was sent some; `ring` is called when there is something."""

    def __init__(self, mask: Mask, types: frozenset[str] = frozenset(), ring: Callable[[], None] | None = None) -> None:
        self.topics: frozenset[str] = frozenset()
        self.types = types
        self.sending_since: float | None = None
        self.peer: Peer | None = None
        self.over = False
        self.on_take: Callable[[int], None] | None = None
        self._mask = mask
        self._bell = Bell()
        self._ring = ring or self._bell.set
        self._lock = Lock()
        self._missed: list[Frame] = []
        self._waiting: dict[str, list[Frame]] = {}
        self._count = 0
        self._late = ""
        self._next_at = 0.0

    def on_ring(self, ring: Callable[[], None]) -> None:
        """Call this from now on when there is something, and now if there is."""
        with self._lock:
            self._ring = ring
        ring()

    def offer(self, frame: Frame) -> None:
        """Take a frame for later; never blocks, and never keeps more than the backlog."""
        if self.types and frame.topics and frame.event.event not in self.types:
            return  # what has no topic is for all
        with self._lock:
            if self._late:
                self._late = frame.id
                return
            self._file(frame)
            if self._count > BACKLOG:
                self._fall_behind(frame.id)
        self._ring()

    def _file(self, frame: Frame) -> None:
        frames = self._waiting.setdefault(frame.key, [])
        if frames and frames[-1].event.version > frame.event.version:
            return  # a late event must not move a state back
        if frames and not frames[-1].keep:
            frames[-1] = frame
            return
        frames.append(frame)
        self._count += 1

    def _fall_behind(self, id: str) -> None:
        self._waiting, self._count, self._late = {}, 0, id
        self._missed = []

    def replay(self, frames: Iterable[Frame]) -> None:
        """Send these first: what the client has missed, all of it."""
        wanted = [frame for frame in frames if not self.types or frame.event.event in self.types]
        with self._lock:
            self._missed += wanted
        self._ring()

    def resync(self, id: str) -> None:
        """Have the client fetch anew what it shows."""
        with self._lock:
            self._fall_behind(id)
        self._ring()

    def end(self) -> None:
        """Let go of the client: its thread ends the stream."""
        self.over = True
        if self.peer:
            self.peer.cut()
        self._ring()

    def lost(self, stuck: float) -> str:
        """Why the client is to be let go of, if so: it is `gone`, or has taken nothing for so many seconds."""
        since = self.sending_since
        if since is not None and time.monotonic() - since > stuck:
            return "stuck"
        return "gone" if self.peer and self.peer.gone() else ""

    def wait(self, seconds: float) -> Sequence[Frame]:
        """The next frames, waiting for the first so long; none when nothing came."""
        if not self._bell.wait(seconds):
            return ()
        if not self.over and (pause := self.pause()) > 0:
            time.sleep(pause)
        self._bell.clear()
        return self.take()

    @property
    def waiting(self) -> bool:
        """Whether there is something to send."""
        return bool(self._missed or self._waiting or self._late)

    def pause(self) -> float:
        """Seconds until the client may be sent something again: five times a second, and a resync once."""
        return self._next_at - time.monotonic()

    def take(self) -> list[Frame]:
        """What is to be sent now, in the order of the stream."""
        with self._lock:
            missed, waiting, late = self._missed, self._waiting, self._late
            self._missed, self._waiting, self._count, self._late = [], {}, 0, ""
        self._next_at = time.monotonic() + (RESYNC_EVERY if late else EVERY)
        if late:
            return [resync_frame(late, "too_slow")]
        frames = [frame for line in waiting.values() for frame in self._joined(line)]
        if self.on_take and (times := [frame.order[0] for frame in frames if frame.event.event not in READINGS]):
            self.on_take(min(times))
        return missed + sorted(frames, key=_order)

    def _joined(self, line: list[Frame]) -> list[Frame]:
        return [joined_log(line, self._mask)] if len(line) > 1 and line[0].event.event == LOG else line


def _order(frame: Frame) -> Order:
    return frame.order
