"""Whether a worker that is listed still runs."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The help of commands that ask this is printed without a broker.
    from callboard.broker.store import WorkerStatus


def there(worker: WorkerStatus) -> bool:
    """Whether a listed worker still runs, as far as can be told: one that was killed stays listed for a while."""
    host, pid = worker.about.get("host"), worker.about.get("pid")
    if host != socket.gethostname() or not isinstance(pid, int):
        return True
    import psutil

    return bool(psutil.pid_exists(pid))
