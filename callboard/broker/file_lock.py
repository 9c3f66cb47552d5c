"""Locks on files that the kernel frees when the process holding them dies, however it dies."""

import errno
import fcntl
import os
import time
from datetime import timedelta
from pathlib import Path


def take(path: Path, patience: timedelta = timedelta(0)) -> int | None:
    """Take the lock for this process, waiting at most `patience`; the handle, or None if another keeps it.

    The file then holds our pid. Processes that inherit the handle share the lock.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + patience.total_seconds()
    while not _flock(handle, fcntl.LOCK_EX):
        if time.monotonic() >= deadline:
            os.close(handle)
            return None
        time.sleep(0.01)
    os.ftruncate(handle, 0)
    os.write(handle, str(os.getpid()).encode())
    return handle


def held(path: Path) -> bool:
    """Whether somebody holds the lock now; a file that does not exist is not held."""
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that two processes that only ask never take each other for the holder.
        return not _flock(handle, fcntl.LOCK_SH)
    finally:
        os.close(handle)


def release(handle: int) -> None:
    """Give the lock up, unless a child inherited it and lives."""
    os.close(handle)


def _flock(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise
    return True
