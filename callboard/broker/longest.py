"""The jobs that have been running longest, over all queues."""

from __future__ import annotations

from collections.abc import Iterable

from callboard.broker.keys import ACTIVE
from callboard.broker.store import Store
from callboard.jobs.record import Job


def longest_running(store: Store, queues: Iterable[str], limit: int = 10) -> list[Job]:
    """The jobs of some queues that run, the longest first: one read for each queue, one for each of these jobs.

    Raises ConnectionLost.
    """
    names = list(queues)
    reads = [("ZRANGE", ACTIVE(store.prefix, name), 0, limit - 1, "WITHSCORES") for name in names]
    replies = store.links.run(*reads) if reads else []
    began = {id: float(score) for reply in replies for id, score in zip(reply[::2], reply[1::2], strict=True)}
    jobs = store.find_many(sorted(began, key=lambda id: (began[id], id))[:limit])
    return [job for job in jobs if job and job.state == "active"]
