"""The limits that a child process puts on itself while a body runs: time and memory."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import resource
import signal
import sys
from collections.abc import Iterator
from typing import Final

import psutil

from callboard.jobs.errors import JobTimeout

MB: Final = 1024 * 1024


@contextlib.contextmanager
def interrupted_after(seconds: float) -> Iterator[None]:
    """Raise JobTimeout in a block of the main thread that takes longer; 0 is no limit.

    A signal reaches what a thread cannot: sleeps, locks, sockets and waits for other programs. C code that never
    looks at signals goes on; the parent kills it.
    """
    if not seconds:
        yield
        return
    running = True

    def interrupt(*_: object) -> None:
        if running:  # An alarm that comes when the body is through must not hit what follows it.
            raise JobTimeout(f"ran over its time limit of {seconds:g} s")

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        running = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def memory_bound(limit_mb: int) -> Iterator[None]:
    """Let allocations fail in a block where the process would grow beyond so many MB; 0 is no limit.

    RLIMIT_DATA counts private writable memory, also what libraries have mapped and never touched (128 MB for numpy
    on 2 cores, more with each core), so that is added to the room that is left. RLIMIT_AS would count address space
    as well, of which each thread reserves 72 MB. Neither counts shared mappings, and macOS counts nothing: the
    parent watches the resident size as well.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if not limit_mb or sys.platform != "linux":
        yield
        return
    memory = psutil.Process().memory_info()
    room = max(limit_mb * MB - memory.rss, 0)
    bound = memory.data + room
    resource.setrlimit(resource.RLIMIT_DATA, (bound if hard == resource.RLIM_INFINITY else min(bound, hard), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def give_back_memory() -> None:
    """Give back to the system what was freed and lies between what is still used.

    Without this a body that took much leaves its process so large that the next one has only a part of its limit.
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):  # of glibc; musl has no need of it
            ctypes.CDLL(None).malloc_trim(0)


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that an allocation failed."""
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
