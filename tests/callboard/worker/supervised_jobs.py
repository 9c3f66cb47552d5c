"""Job types for workers under a supervisor; a body that blocks is one that no progress call can stop."""

import threading
from pathlib import Path

from callboard.jobs.policy import Queue, Retry
from callboard.worker.job import job
from callboard.worker.setup import set_up

broker = set_up()
queue = Queue("supervised")


@job(queue=queue, retry=Retry(attempts=2))
def block(started: str) -> None:
    """Note the start in a file and hang for 25 s."""
    with Path(started).open("a") as file:
        file.write(".")
    threading.Event().wait(25)


@job(queue=queue)
def answer() -> int:
    """Return at once."""
    return 42
