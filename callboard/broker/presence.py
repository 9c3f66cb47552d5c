"""The worker processes that are there: what each told of itself, whether it still runs, what is wanted of it."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from callboard.broker.keys import WORKER, WORKERS
from callboard.broker.readable import readable
from callboard.jobs.clock import from_ms

if TYPE_CHECKING:
    # The help of commands that ask this is printed without a broker.
    from callboard.broker.link import Links

STOP = "stop"


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """A worker process: what it told of itself, what is wanted of it, and until when it has renewed its lease."""

    id: str
    about: dict[str, Any]
    since: datetime | None
    lease_until: datetime
    wish: str = ""
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def quiet(self) -> bool:
        """Whether it is to take no more jobs."""
        return bool(self.wish)

    @property
    def stopping(self) -> bool:
        """Whether it is to end once its jobs have."""
        return self.wish == STOP

    @property
    def heard_at(self) -> datetime | None:
        """When it has renewed its lease last; None for a worker of a version that does not say for how long."""
        lease_ms = self.about.get("lease_ms")
        return self.lease_until - timedelta(milliseconds=lease_ms) if isinstance(lease_ms, int) else None

    def serves(self, queue: str) -> bool:
        """Whether it takes jobs of a queue."""
        return not self.wish and queue in (self.about.get("queues") or ())


def list_workers(links: Links) -> list[WorkerStatus]:
    """The worker processes whose lease has not run out, by the clock of the server."""
    reply = links.call("ZRANGEBYSCORE", WORKERS(links.prefix), links.now_ms(), "+inf", "WITHSCORES")
    known = dict(zip(reply[::2], reply[1::2], strict=True))
    reads = [("HMGET", WORKER(links.prefix, id), "about", "since_ms", "wish", "told") for id in known]
    rows = links.run(*reads) if reads else []
    found = []
    for (id, until), (about, since, wish, told) in zip(known.items(), rows, strict=True):
        until_at = from_ms(int(float(until)))
        assert until_at is not None
        values = readable(about or "{}"), from_ms(since), until_at, wish or "", readable(told or "{}")
        found.append(WorkerStatus(id, *values))
    return sorted(found, key=lambda worker: worker.id)


def there(worker: WorkerStatus) -> bool:
    """Whether a listed worker still runs, as far as can be told: one that was killed stays listed for a while."""
    host, pid = worker.about.get("host"), worker.about.get("pid")
    if host != socket.gethostname() or not isinstance(pid, int):
        return True
    import psutil

    return bool(psutil.pid_exists(pid))
