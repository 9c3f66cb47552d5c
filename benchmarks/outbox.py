"""What a call costs that is enqueued in an SQL transaction, and how soon after the commit it is a job; on SQLite."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import dramatiq.broker
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from benchmarks.bench import Bench, until
from callboard.broker.broker import CallboardBroker
from callboard.broker.link import Links
from callboard.broker.scripts import Scripts
from callboard.history.database import connect
from callboard.history.outbox import enqueue_in
from callboard.history.outbox_relay import relay
from callboard.history.schema import HISTORY
from callboard.jobs.call import Call

if TYPE_CHECKING:
    from collections.abc import Iterator

# As the schedulers do it.
TICK = 0.5


def measure(bench: Bench) -> dict[str, float]:
    """Milliseconds from commit to job by the caller's own thread and by the relay alone, and rows a second."""
    bench.empty()
    url = f"sqlite:///{bench.folder / 'outbox.db'}"
    HISTORY.upgrade(url)
    engine, broker = connect(url), CallboardBroker(Links(bench.url, Scripts()))
    with _broker_of_process(broker):
        by_thread = _waits(engine, broker, bench.many(200, least=10))
    with _broker_of_process(None), _ticking(engine, broker):
        by_relay = _waits(engine, broker, bench.many(40, least=3))
    figures = {
        "outbox_thread_p95": by_thread[int(len(by_thread) * 0.95)],
        "outbox_relay_p95": by_relay[int(len(by_relay) * 0.95)],
        "outbox_rows": _rows(engine, broker, bench.many(5000)),
        "outbox_call": _cost(engine, bench.many(500, least=20)),
    }
    broker.close()
    engine.dispose()
    return figures


@contextmanager
def _broker_of_process(broker: CallboardBroker | None) -> Iterator[None]:
    """With a broker the thread of this process pushes, without one only the relay does."""
    before, dramatiq.broker.global_broker = dramatiq.broker.global_broker, broker
    try:
        yield
    finally:
        dramatiq.broker.global_broker = before


@contextmanager
def _ticking(engine: Engine, broker: CallboardBroker) -> Iterator[None]:
    over = threading.Event()

    def tick() -> None:
        while not over.wait(TICK):
            relay(engine, broker.client)

    thread = threading.Thread(target=tick)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _waits(engine: Engine, broker: CallboardBroker, count: int) -> list[float]:
    """Milliseconds from each commit to its job, sorted."""
    waits = []
    for number in range(count):
        time.sleep(0.01 + 0.017 * (number % 7))
        with Session(engine) as session:
            id = enqueue_in(session, _call(number))
            session.commit()
        committed = time.perf_counter()
        until(lambda id=id: broker.store.find(id) is not None, "the call is a job", 10)  # type: ignore[misc]
        waits.append((time.perf_counter() - committed) * 1000)
    return sorted(waits)


def _rows(engine: Engine, broker: CallboardBroker, count: int) -> float:
    """Rows a second of one relay that has a backlog."""
    with _broker_of_process(None), Session(engine) as session:
        for number in range(count):
            enqueue_in(session, _call(number))
        session.commit()
    began = time.perf_counter()
    done = relay(engine, broker.client)
    return done / (time.perf_counter() - began)


def _cost(engine: Engine, count: int) -> float:
    """Microseconds that one call adds to a transaction."""
    with _broker_of_process(None), Session(engine) as session:
        costs = [_seconds(lambda: enqueue_in(session, _call(1))) for _ in range(count)]
        session.rollback()
    return statistics.median(costs) * 1e6


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _call(number: int) -> Call:
    return Call("noop", "bench", (number,), {"paper": 17})
