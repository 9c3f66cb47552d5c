"""The two jobs that are measured, declared on a broker of ours and on a stock one of Dramatiq."""

from __future__ import annotations

import mmap
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from callboard.jobs.policy import Queue, Retention
from callboard.jobs.states import FINAL
from callboard.worker.job import job
from callboard.worker.setup import set_up

QUEUE = "bench"
FOLDER = "BENCH_DIR"
# The queues of jobs that take a while, for those who look at them.
STEPS_QUEUES = tuple(f"bench-{number}" for number in range(8))
# Every finished job is kept, so that what one costs the server can be seen.
KEPT = dict.fromkeys(FINAL, Retention(timedelta(days=1)))


@dataclass(frozen=True)
class Board:
    """A broker with the two jobs declared on it; without a bulk call `send_many` is None."""

    broker: Any
    noop: Any
    stamp: Any
    send_many: Callable[[range], object] | None = None


class OwnCount(threading.local):
    """A thread's own count in a mapped file: an increment costs no lock, no system call and no command to a server."""

    cell: memoryview | None = None

    def open(self) -> memoryview:
        """The cell of this thread."""
        path = Path(os.environ[FOLDER]) / f"{os.getpid()}-{threading.get_ident()}.count"
        path.write_bytes(bytes(8))
        with path.open("r+b") as file:
            self.cell = memoryview(mmap.mmap(file.fileno(), 8)).cast("Q")
        return self.cell


own = OwnCount()


def tick(number: int) -> int:
    """The whole of the no-op job."""
    cell = own.cell or own.open()
    cell[0] += 1
    return number


def silent_tick(number: int) -> None:
    """The same without a result, which stock Dramatiq would warn of."""
    tick(number)


def stamp(number: int) -> None:
    """Note when the job began."""
    began = time.time_ns()
    with (Path(os.environ[FOLDER]) / "stamps").open("a") as file:
        file.write(f"{number} {began}\n")


def ticks(folder: Path) -> Counter[str]:
    """How many no-op jobs each process has run."""
    counts: Counter[str] = Counter()
    for path in folder.glob("*.count"):
        counts[path.name.partition("-")[0]] += int.from_bytes(path.read_bytes(), "little")
    return counts


def fill(board: Board, count: int) -> None:
    """Enqueue so many no-op jobs the fastest way there is, and disconnect."""
    if board.send_many:
        board.send_many(range(count))
    else:
        for number in range(count):
            board.noop.send(number)
    board.broker.close()


def ours(url: str) -> Board:
    """Callboard with its whole middleware; record, events and result are kept."""
    broker = set_up(url)
    queue = Queue(QUEUE, retention=KEPT)
    noop = job(tick, name="noop", queue=queue, broker=broker)
    stamped = job(stamp, name="stamp", queue=queue, broker=broker)
    return Board(broker, noop, stamped, lambda numbers: broker.enqueue_many(noop.message(n) for n in numbers))


def stock(url: str) -> Board:
    """Dramatiq as it comes: its Redis broker and default middleware; it keeps no record and no result."""
    broker = RedisBroker(url=url)
    declare = dramatiq.actor(queue_name=QUEUE, broker=broker, actor_name="noop")
    declare_stamp = dramatiq.actor(queue_name=QUEUE, broker=broker, actor_name="stamp")
    dramatiq.set_broker(broker)
    return Board(broker, declare(silent_tick), declare_stamp(stamp))
