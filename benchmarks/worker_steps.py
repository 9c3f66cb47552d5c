"""A worker whose jobs take a while, tell how far they are, and log: what people look at."""

from __future__ import annotations

import os
import time

from benchmarks.jobs import STEPS_QUEUES
from callboard.jobs.policy import Queue
from callboard.worker.context import Context
from callboard.worker.job import job
from callboard.worker.setup import set_up

STEPS = 5
broker = set_up(os.environ["BENCH_URL"])


def steps(ctx: Context, number: int) -> int:
    """A second of work in steps; one in ten fails."""
    for step in range(STEPS):
        time.sleep(1 / STEPS)
        ctx.progress(step + 1, STEPS, "work")
    ctx.log(f"job {number} is through")
    if number % 10 == 0:
        raise ValueError(f"job {number} came to nothing")
    return number


TYPES = [
    job(steps, name=f"steps_{number}", queue=queue, broker=broker)
    for number, queue in enumerate(map(Queue, STEPS_QUEUES))
]
