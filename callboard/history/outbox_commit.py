"""Push right after the commit, by a thread of the caller's process; what it misses, the relay does."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import defaultdict
from queue import Empty, SimpleQueue
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, StaticPool, event
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.pool import SingletonThreadPool

from callboard.broker.broker import broker_of_process
from callboard.broker.client import Client
from callboard.history.models import table_of
from callboard.history.outbox_models import OutboxRow
from callboard.history.outbox_relay import relay
from callboard.jobs.failpoints import failpoint

log = logging.getLogger("callboard.outbox")
MOST: Final = 500
# So long the thread is quiet after an error: with Redis away, each commit would else wait for a timeout in its turn.
QUIET: Final = 1.0
Work = tuple[Engine, Client, list[int]]

_written: Final[WeakKeyDictionary[SessionTransaction, list[int]]] = WeakKeyDictionary()


def push_after_commit(session: Session, number: int) -> None:
    """Push a row of the outbox as soon as the transaction of this session has committed."""
    root = session.get_transaction()
    if root is not None:
        _written.setdefault(root, []).append(number)


@event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    root = session.get_transaction()
    # A savepoint tells of its end in here too, and nothing is committed by that.
    if not _written or root is None or session.in_nested_transaction():
        return
    if numbers := _written.pop(root, None):
        failpoint("outbox.committed")
        _push(session, numbers)


def _push(session: Session, numbers: list[int]) -> None:
    broker = broker_of_process()
    engine = session.get_bind(clause=table_of(OutboxRow)).engine
    # A pool of one connection would give the thread the connection that the caller is using.
    if broker and not engine.dialect.is_async and not isinstance(engine.pool, StaticPool | SingletonThreadPool):
        pusher.push((engine, broker.client, numbers))


class Pusher:
    """The thread of this process that pushes what was committed in it, many commits at once where they come fast."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Start afresh: a forked child has none of its parent's threads."""
        self._work: SimpleQueue[Work] = SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def push(self, work: Work) -> None:
        """Have rows pushed soon."""
        self._work.put(work)
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="callboard-outbox", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        failed, quiet_until = None, 0.0
        while True:
            for (engine, client), numbers in self._gathered().items():
                if (engine, client) == failed and time.monotonic() < quiet_until:
                    continue
                try:
                    relay(engine, client, only=numbers)
                except Exception as error:  # noqa: BLE001 - the outermost loop of this thread
                    log.warning("calls are left to the relay of the outbox, which comes soon: %s", error)
                    failed, quiet_until = (engine, client), time.monotonic() + QUIET

    def _gathered(self) -> dict[tuple[Engine, Client], list[int]]:
        """All that has come meanwhile, waiting for the first; in portions."""
        engine, client, numbers = self._work.get()
        found = defaultdict(list, {(engine, client): list(numbers)})
        while sum(map(len, found.values())) < MOST:
            try:
                engine, client, numbers = self._work.get_nowait()
            except Empty:
                break
            found[engine, client] += numbers
        return found


pusher: Final = Pusher()
os.register_at_fork(after_in_child=pusher.forget)
