"""Job types that real worker processes run while faults are injected; each start of a body is one line of a file."""

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

from callboard.jobs.errors import Permanent, Snooze
from callboard.jobs.policy import Queue, Retry
from callboard.worker.context import Context
from callboard.worker.job import job
from callboard.worker.setup import set_up

set_up()
FOLDER = Path(os.environ["FAULT_FOLDER"])
work = Queue("work")
slow = Queue("slow")
SOON = Retry(attempts=3, first=0.2, at_most=0.2, jitter="none")


def pause(seconds: float) -> None:
    """Do nothing for a while, as a body that waits for somebody else."""
    threading.Event().wait(seconds)


def note(word: str, *values: Any) -> None:
    """One line, written in one piece: what ran, when by the clock of all processes, and where."""
    line = " ".join(map(str, (word, time.monotonic(), os.getpid(), *values))) + "\n"
    with (FOLDER / "ran").open("a") as file:
        file.write(line)


def wait_for_gate(gate: str) -> None:
    """Return once the test has opened the gate."""
    while not (FOLDER / gate).exists():
        pause(0.01)


@job(queue=work, retry=SOON)
def quick(n: int) -> int:
    return n


@job(queue=work, retry=SOON)
def noted(n: int) -> int:
    note("noted", n)
    return n


@job(queue=work, retry=SOON)
def nap(n: int, seconds: float) -> int:
    note("nap", n)
    pause(seconds)
    return n


@job(queue=work, retry=SOON)
def holding(n: int, seconds: float) -> int:
    """A nap whose line says how long it will be."""
    note("holding", n, seconds)
    pause(seconds)
    return n


@job(queue=slow, retry=SOON)
def gated(ctx: Context, n: int, gate: str) -> int:
    """Runs until its gate is opened, and may be stopped on the way."""
    note("gated", n)
    while not (FOLDER / gate).exists():
        ctx.raise_if_stopped()
        pause(0.01)
    return n


@job(queue=slow, retry=SOON)
def deaf(n: int, gate: str) -> int:
    """Runs until its gate is opened, and knows nothing of cancel or shutdown."""
    note("deaf", n)
    wait_for_gate(gate)
    return n


@job(queue=work, retry=SOON)
def flaky(ctx: Context, n: int, gate: str = "") -> int:
    """Fails in its first attempt."""
    note("flaky", n, ctx.number)
    if gate:
        wait_for_gate(gate)
    if ctx.number == 1:
        raise ConnectionError("the first attempt fails")
    return n


@job(queue=work, retry=Retry(attempts=2, first=6.0, at_most=6.0, jitter="none"))
def retried_after_6_s(ctx: Context, n: int) -> int:
    if ctx.number == 1:
        raise ConnectionError("the first attempt fails")
    note("retried", n)
    return n


@job(queue=work, retry=SOON)
def hopeless(n: int) -> None:
    raise Permanent(f"number {n} cannot be done")


@job(queue=work, retry=SOON)
def sleepy(ctx: Context, n: int) -> int:
    """Asks once to come back later."""
    if ctx.checkpoint is None:
        ctx.save("asked")
        raise Snooze(0.1)
    return n


@job(queue=work, retry=SOON)
def talkative(ctx: Context, n: int) -> int:
    ctx.log(f"number {n}")
    ctx.progress(1, 2, "half")
    ctx.save({"n": n})
    ctx.progress(2, 2, "done")
    return n


@job(queue=work, retry=SOON)
def plus_one(n: int, gate: str = "") -> int:
    if gate:
        wait_for_gate(gate)
    return n + 1


@job(queue=work, retry=SOON)
def gather(numbers: list[int], name: str = "") -> int:
    note("gather", name)
    return sum(numbers)


@job(queue=work, retry=SOON)
def poison() -> None:
    """Takes its process along."""
    note("poison")
    pause(0.2)
    os.kill(os.getpid(), signal.SIGKILL)
