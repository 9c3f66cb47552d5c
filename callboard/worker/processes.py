"""Signals to worker processes, with or without everything they have started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from typing import Final

import psutil

VANISHING: Final = 1.0


def signal_one(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal a worker; dramatiq passes it on to its child."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, number)


def signal_all(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal a worker with everything it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def end_all(process: subprocess.Popen[bytes]) -> None:
    """Kill a worker with everything it started, and see it gone: the kernel takes a moment."""
    signal_all(process, signal.SIGKILL)
    process.wait()
    deadline = time.monotonic() + VANISHING
    with contextlib.suppress(ProcessLookupError, PermissionError):
        while time.monotonic() < deadline:
            os.killpg(process.pid, 0)
            time.sleep(0.005)


def has_children(process: subprocess.Popen[bytes]) -> bool:
    """Whether a worker still has the process in which its jobs run."""
    try:
        return process.poll() is None and bool(psutil.Process(process.pid).children())
    except psutil.NoSuchProcess:
        return False
