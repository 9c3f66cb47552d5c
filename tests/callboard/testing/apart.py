"""A module with an isolated type, which is imported anew in a child process and finds its server by the settings."""

from __future__ import annotations

import multiprocessing
import os
import sys

import dramatiq.broker

from callboard.worker.context import Context
from callboard.worker.job import job
from callboard.worker.setup import set_up

_before = dramatiq.broker.global_broker
broker = set_up()


@job(isolated=True)
def apart(ctx: Context, exit_code: int | None = None) -> int:
    """The process it runs in."""
    ctx.progress(1, 1, "apart")
    if exit_code is not None:
        os._exit(exit_code)
    return os.getpid()


@job(isolated=True)
def refusing(ctx: Context) -> None:
    """Fails."""
    sys.exit("no")


if multiprocessing.parent_process() is None:  # a child needs it, the process of the tests has one
    dramatiq.broker.global_broker = _before
