"""What may be asked of a worker process: to be quiet, to take jobs again, to stop, to show what its threads do."""

from __future__ import annotations

from typing import Any, Final

from callboard.broker.errors import NotPossible, WaitTimeout, WorkerMissing
from callboard.broker.keys import ANSWER, CONTROL
from callboard.broker.link import REPLY_TIMEOUT, Links
from callboard.broker.presence import STOP, list_workers
from callboard.broker.readable import readable
from callboard.broker.scripts import bind
from callboard.jobs.encoding import encode
from callboard.jobs.identity import new_id

STEER: Final = bind("steer", "worker", "wish")
QUIET: Final = "quiet"
PATIENCE: Final = 5.0
ORDERS_KEPT: Final = 60


def quiet_worker(links: Links, id: str) -> None:
    """Have a worker take no more jobs; what runs, runs on. Raises WorkerMissing, NotPossible once it is to stop."""
    _steer(links, id, QUIET)


def wake_worker(links: Links, id: str) -> None:
    """Have a quiet worker take jobs again. Raises WorkerMissing, NotPossible once it is to stop."""
    _steer(links, id, "")


def stop_worker(links: Links, id: str) -> None:
    """Have a worker finish its jobs, or hand them back when its shutdown timeout is over, and end.

    Raises WorkerMissing.
    """
    _steer(links, id, STOP)


def _steer(links: Links, id: str, wish: str) -> None:
    reply = links.call(*links.script(STEER.name, id, wish))
    if reply == "MISSING":
        raise WorkerMissing(f"worker {id[:100]} does not run")
    if reply == "STOPPING":
        raise NotPossible(f"worker {id} is stopping, which cannot be taken back", "stopping")


def read_stacks(links: Links, id: str, patience: float = PATIENCE) -> list[dict[str, Any]]:
    """What each thread of a worker that runs a job does right now: job, type, elapsed_ms, in_child, stack.

    Raises WorkerMissing, WaitTimeout when it does not answer within so many seconds.
    """
    if all(worker.id != id for worker in list_workers(links)):
        raise WorkerMissing(f"worker {id[:100]} does not run")
    control, answer = CONTROL(links.prefix, id), ANSWER(links.prefix, new_id())
    order = encode({"order": "stacks", "answer": answer}, "order")
    links.run(("RPUSH", control, order), ("EXPIRE", control, ORDERS_KEPT))
    link = links.open()
    try:
        reply = link.run([("BLPOP", answer, patience)], timeout=patience + REPLY_TIMEOUT)[0]
    finally:
        link.close()
    if not reply:
        raise WaitTimeout(f"worker {id} has not answered within {patience:g} s; is it still alive?")
    found: list[dict[str, Any]] = readable(reply[1]).get("threads", [])
    return found
