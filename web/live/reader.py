"""The one reader of the events in a process: it hands them to the hub, and comes back after whatever happens."""

from __future__ import annotations

import logging
import time
from threading import Event as Flag
from threading import Thread
from typing import Final

from callboard.broker.errors import ConnectionLost
from callboard.broker.live_counts import LiveCounts
from callboard.broker.shared_links import PaidLinks, SharedLinks
from callboard.broker.stream import Stream, is_whole_after
from callboard.jobs.clock import wall_ms
from callboard.jobs.masking import Mask
from web.live.frames import AWAY, BACK, frame_of, stats_frame, word_frame
from web.live.hub import Hub
from web.live.topics import HOME

# Reading four times a second at most costs the server little however much happens; each batch holds what it may.
# Where nobody listens, the events say only which reads are over.
EVERY: Final = 0.25
UNHEARD_EVERY: Final = 0.5
BLOCK_MS: Final = 1_000
BATCH: Final = 2_000
STATS_EVERY: Final = 1.0
STATS_COMMANDS: Final = 4
STUCK: Final = 20.0
AGAIN: Final = 1.0
log = logging.getLogger("callboard.live")


class Reader:
    """A thread over one connection; `restarts` counts how often it had to begin anew."""

    def __init__(self, links: SharedLinks, hub: Hub, mask: Mask) -> None:
        self.hub = hub
        self.restarts = 0
        self._links = links
        self._mask = mask
        self._counts = LiveCounts(PaidLinks(links))
        self._stats_at = 0.0
        self._stream = Stream(links, batch=BATCH)
        self._over = Flag()
        self._thread = Thread(target=self._run, name="live-reader", daemon=True)

    def start(self) -> None:
        """Begin after the newest event. Raises ConnectionLost."""
        self.hub.begin(self._stream.latest())
        self._stream.after = self.hub.newest
        self._links.missed()
        self._thread.start()

    def stop(self) -> None:
        """End the thread; its connection is closed under it, so that it does not wait for an event."""
        self._over.set()
        self._stream.close()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._over.is_set():
            try:
                self._go_on()
            except ConnectionLost as error:
                if not self.hub.away and not self._over.is_set():
                    log.warning("the live stream waits for the server: %s", error)
                    self.hub.lost(word_frame(self.hub.newest, AWAY, reason=str(error)))
                self._begin_anew()
            except Exception:  # whatever a single event does to it, the stream goes on
                log.exception("the live stream begins anew")
                self._skip()
                self._begin_anew()

    def _begin_anew(self) -> None:
        self.restarts += 1
        self._links.missed()
        self._over.wait(AGAIN)
        self.sweep()

    def _go_on(self) -> None:
        if self.restarts:
            self._close_gap()
        before = self.restarts
        while not self._over.is_set() and self.restarts == before:
            self.turn()
            self._over.wait(EVERY if self.hub.watched() else UNHEARD_EVERY)

    def _close_gap(self) -> None:
        """After a lost connection: where events are gone that nobody was told, all must fetch anew."""
        if self.hub.newest != "0-0" and not is_whole_after(self._links, self.hub.newest):
            self._stream.after = self._stream.latest()
            self._skip()

    def _skip(self) -> None:
        """Go on after what was read last; whoever listens must fetch anew what it has not been told."""
        self._links.missed()
        self.hub.begin(self._stream.after)
        for listener in self.hub.listeners():
            listener.resync(self.hub.newest)

    def turn(self) -> None:
        """One read, and what is due besides. Raises ConnectionLost."""
        events = self._stream.read(BLOCK_MS)
        if self.hub.away:
            self.hub.found(word_frame(self.hub.newest, BACK))
        for event in events:
            self._counts.note(event)
        self._links.told(events)  # before anybody hears of them and reads
        self.hub.publish([frame_of(event, self._mask) for event in events])
        if time.monotonic() >= self._stats_at:
            self._stats_at = time.monotonic() + STATS_EVERY
            self._tell_stats()
            self.sweep()

    def _tell_stats(self) -> None:
        watched = self.hub.watched()
        news = self._counts.changed(lambda queue: HOME in watched or f"queue:{queue}" in watched, STATS_COMMANDS)
        for queue, counts in news.items():
            self.hub.tell(stats_frame(self.hub.newest, wall_ms(), queue, counts))

    def sweep(self) -> None:
        """Let go of those who are gone, or have not taken what they were sent for too long."""
        for listener in self.hub.listeners():
            if why := listener.lost(STUCK):
                self.hub.told[why] += 1
                listener.end()
