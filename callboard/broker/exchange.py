"""The traffic of one worker process with the server: outcomes out, jobs in, both in one round trip under load.

The life of a job in here: a thread that finds the exchange free fetches it with others (`exchange`), it lies in the
work queue until a worker thread takes it, its outcome is put among the unwritten ones (`conclude`), and the next
exchange writes it. Until that is answered the job is held: its lease is renewed, and a crash repeats it.

Whoever has something to write tries to take the turn; who does not get it leaves its outcome to the one who has,
who looks again after giving the turn back. So no outcome waits for longer than one round trip, no thread waits for
another, and under load many outcomes share a round trip.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Final

from callboard.broker.attempt import Attempt
from callboard.broker.errors import ConnectionLost, ScriptFault
from callboard.broker.inputs import hand_on
from callboard.broker.intake import attempt_from, unknown
from callboard.broker.link import Link, Links
from callboard.broker.outcomes import commands
from callboard.broker.scripts import bind
from callboard.broker.vouching import Vouching
from callboard.broker.workqueue import WorkQueue
from callboard.jobs.identity import new_id
from callboard.jobs.outcome import Release

FETCH: Final = bind("fetch", "worker", "token", "lease_ms", "free", "ahead", "queues*")

# Read ahead only while jobs take so little that it is over in a few milliseconds of work.
AHEAD_MOST: Final = 56
# Outcomes that make a round trip worth while; less than what is read ahead, so that threads work while it is under way.
WRITE_AT: Final = 24
AHEAD_WORK: Final = 0.004
LINGER: Final = 0.002
STALE_AHEAD: Final = 0.1
log = logging.getLogger("callboard.exchange")


class Exchange:
    """Fetches and concludes the jobs of one worker process."""

    def __init__(self, links: Links, worker: str, lease_ms: int, knows: Callable[[str], bool]) -> None:
        self.links = links
        self.worker, self.lease_ms, self.knows = worker, lease_ms, knows
        self.threads = 0
        self.queues: list[str] = []
        self.coming: set[str] = set()  # whose consumers are not there yet to take outcomes
        self.lead = ""
        self.work = WorkQueue()
        self.held: dict[str, Attempt] = {}
        self.concluded = 0
        self.stopping = self.quiet = False
        self.room_made = threading.Event()
        self._unwritten: deque[Attempt] = deque()
        self._turn = threading.Lock()
        self._link: Link = links.open()
        self._token = new_id()
        self._asked: tuple[int, int] | None = None
        self._tokens = 0
        self._mean = 1.0
        self._linger = threading.Event()
        self._closed = False
        self.vouching = Vouching(links.prefix)
        threading.Thread(target=self._sweep, name="callboard-sweep", daemon=True).start()

    # -- how much to ask for

    def room(self, leaving: int = 0) -> tuple[int, int]:
        """How many jobs may be fetched to be run at once, and how many to be read ahead, when `leaving` are written."""
        if self.stopping or self.quiet or not self.threads:
            return 0, 0
        free = self.threads - len(self.held) + leaving
        ahead = 0
        if self._mean < LINGER:
            ahead = min(AHEAD_MOST, int(AHEAD_WORK / max(self._mean, 1e-5)))
        return max(free, 0), max(ahead + min(free, 0), 0)

    # -- outcomes out, jobs in

    def conclude(self, attempt: Attempt) -> None:
        """Take an outcome to be written; written at once unless more work lies ready, then with the next few."""
        took = time.monotonic() - attempt.started_at if attempt.started_at else self._mean
        self._mean += (min(took, 1.0) - self._mean) * (0.05 if took < self._mean else 0.5)
        self.concluded += 1
        self._unwritten.append(attempt)
        if self.work.qsize() > self.threads and len(self._unwritten) < WRITE_AT:
            if not self._linger.is_set():
                self._linger.set()
        else:
            self.write()

    def write(self) -> None:
        """Write what is unwritten unless another thread is at it, who will then see what we have left."""
        while self._unwritten and self._turn.acquire(blocking=False):
            try:
                self.exchange()
            except (ConnectionLost, ScriptFault) as error:
                log.warning("what is unwritten is kept until the server answers as it should: %s", error)
                self._linger.set()
                return
            finally:
                self._turn.release()

    def may_fetch(self) -> bool:
        """Whether the server's data are those that were recorded, as far as is known. Raises ConnectionLost."""
        with self._turn:
            return self.vouching.sure or self.vouching.ask(self._link)

    def fetch(self) -> int | None:
        """Write and fetch, waiting for the turn; milliseconds until the next job may be ready, -1 if unknown.

        None when there was no room. Raises ConnectionLost; what was unwritten stays so, the same fetch is repeated.
        """
        try:
            with self._turn:
                return self.exchange()
        finally:
            # Outcomes were left to us while we had the turn; whoever left them will not come again.
            if self._unwritten:
                self._linger.set()

    def exchange(self) -> int | None:
        """One round trip, by the thread that has the turn."""
        outgoing = list(self._unwritten)
        requests = commands(self.links, outgoing)
        written = len(requests)
        # A fetch whose reply was lost is asked for again with the same token, and so answered with the same jobs.
        fetching = self.vouching.sure or self.stopping
        free, ahead = (self._asked or self.room(len(outgoing))) if fetching else (0, 0)
        if free or ahead:
            self._asked = free, ahead
            token = f"{self._token}{self._tokens}"
            head = (self.worker, token, self.lease_ms, free, ahead)
            requests.append(self.links.script(FETCH.name, *head, *self._next_queues()))
        try:
            replies = self.vouching.run(self._link, requests) if requests else []
        except ScriptFault:
            self._write_singly(outgoing)
            raise
        for attempt in outgoing:
            self._let_go(attempt)
        self._note_refused(replies[:written])
        if not (free or ahead):
            return None
        self._asked = None
        self._tokens += 1
        next_ms, *jobs = replies[-1]
        self._take_in(jobs)
        if len(jobs) < free + ahead:
            self.room_made.set()
        return int(next_ms)

    def _write_singly(self, outgoing: list[Attempt]) -> None:
        """One outcome that no script will take must not hold up the others: it is given up, its lease runs out."""
        for attempt in outgoing:
            try:
                self._link.run(commands(self.links, [attempt]))
            except ScriptFault as error:
                log.critical("the outcome of job %s cannot be written: %s", attempt.message_id, error)
            self._let_go(attempt)

    def _let_go(self, attempt: Attempt) -> None:
        """The oldest of the unwritten is written; by now we may hold another attempt of the same job."""
        self._unwritten.popleft()
        if self.held.get(attempt.message_id) is attempt:
            del self.held[attempt.message_id]

    def _note_refused(self, replies: list[list[str]]) -> None:
        refused = sum(reply.count("LOST") for reply in replies)
        if refused:
            log.warning("%d outcomes were refused: the leases were lost, the jobs belong to other workers", refused)

    def _next_queues(self) -> list[str]:
        """The queues in an order that begins with another one each time, so that none is always last."""
        first = self._tokens % max(len(self.queues), 1)
        return self.queues[first:] + self.queues[:first]

    def _take_in(self, jobs: list[list[Any]]) -> None:
        for job in jobs:
            attempt = attempt_from(*job)
            self.held[attempt.message_id] = attempt
            if self.stopping or self.quiet:  # asked for before the word came
                attempt.outcome = Release()
            elif attempt.outcome is None and not self.knows(attempt.actor_name):
                attempt.outcome = unknown(attempt)
            elif attempt.outcome is None and attempt.results_of:
                hand_on(self._link, self.links.prefix, attempt)
            if attempt.outcome is not None:
                self._unwritten.append(attempt)
            else:
                self.work.put(attempt)
        # The sweep looks after what was read ahead as well, and may have gone to rest before this came in.
        if (self._unwritten or len(self.held) > self.threads) and not self._linger.is_set():
            self._linger.set()

    # -- stragglers

    def _sweep(self) -> None:
        """Write outcomes that nobody else has written, and hand back what was read ahead in vain."""
        while self._linger.wait() and not self._closed:
            self._linger.clear()
            time.sleep(LINGER)
            try:
                self.write()
            except Exception:
                # The sweep must outlive any fault of one write: it is the last to look after outcomes.
                log.exception("outcomes could not be written")
            if self._unwritten:
                self._linger.set()
                time.sleep(0.2)
            elif self.work.qsize():
                self._linger.set()
                self._hand_back_stale()

    def _hand_back_stale(self) -> None:
        """Jobs read ahead that no thread has come for, because those before them take long, go to other workers."""
        concluded = self.concluded
        time.sleep(STALE_AHEAD)
        if concluded == self.concluded and len(self.held) > self.threads:
            self._mean = 1.0
            self.hand_back(self.work.take_all())

    def hand_back(self, attempts: Iterable[Attempt], reason: str = "") -> None:
        """Release jobs that were not started, with their attempts."""
        for attempt in attempts:
            attempt.outcome = Release(0.0, reason)
            self._unwritten.append(attempt)
        self.write()

    def flush(self, patience: float) -> bool:
        """Write all that is unwritten; whether that was done within `patience` seconds."""
        deadline = time.monotonic() + patience
        while self._unwritten and time.monotonic() < deadline:
            self.write()
            if self._unwritten:
                time.sleep(0.05)
        return not self._unwritten

    def close(self) -> None:
        """End the sweep and close the connection; what is unwritten stays unwritten."""
        self._closed = True
        self._linger.set()
        self._link.close()
