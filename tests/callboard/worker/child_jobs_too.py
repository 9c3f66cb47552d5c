"""A second module of job types, for which other children are started than for the first."""

import os

from callboard.worker.job import job
from tests.callboard.worker.child_jobs import queue


@job(queue=queue, isolated=True)
def tells_its_pid_too() -> int:
    return os.getpid()
