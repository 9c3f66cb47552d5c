"""A small process beside a worker that kills the worker's children, and all below them, when the worker is gone."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
from typing import Final

import psutil

LOOK_EVERY: Final = 1.0


def kill_tree(process: psutil.Process) -> None:
    """Kill a process that leads a session, with everything it has started, wherever that has gone since."""
    below: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        below = process.children(recursive=True)
    # A dead leader's number is not given to another process while anything of its session is left.
    if process.is_running() or not psutil.pid_exists(process.pid):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    for one in (process, *below):
        with contextlib.suppress(psutil.Error):
            one.kill()


class Guard:
    """The guard of this worker process: started with the first child, told of each, ended with the last.

    The kernel's own way (PR_SET_PDEATHSIG) kills when the thread that started a child ends, takes no grandchild
    along, and exists on Linux only.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._watched: set[int] = set()

    def watch(self, pid: int) -> None:
        """Kill this process when the worker is gone."""
        with self._lock:
            self._watched.add(pid)
            self._tell(f"+{pid}\n")

    def forget(self, pid: int) -> None:
        """It has ended."""
        with self._lock:
            if pid in self._watched:
                self._watched.remove(pid)
                self._tell(f"-{pid}\n")

    def close(self) -> None:
        """End the guard, which kills what it still watches."""
        with self._lock:
            self._watched.clear()
            if self._process:
                self._process.communicate()
                self._process = None

    def _tell(self, line: str) -> None:
        if self._process is None or self._process.poll() is not None:
            self._process = self._start()
            line = "".join(f"+{pid}\n" for pid in self._watched)
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):  # It was killed just now; the next call starts another.
            self._process.stdin.write(line.encode())

    def _start(self) -> subprocess.Popen[bytes]:
        from callboard.jobs.settings import environment_for_child  # not needed in the guard, which starts sooner so

        # A session of its own, so that who kills the worker with its process group does not kill the guard as well.
        return subprocess.Popen(
            [sys.executable, "-m", "callboard.worker.child_guard", str(os.getpid())],
            stdin=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            env=environment_for_child(PYTHONPATH=os.pathsep.join(sys.path)),
        )


def main() -> None:
    """Note the processes named on standard input until the worker is gone, then kill them."""
    worker = int(sys.argv[1])
    watched: dict[int, psutil.Process] = {}
    rest = b""
    while True:
        if not select.select([0], [], [], LOOK_EVERY)[0]:
            # A process that the worker has forked holds the pipe open after its death, and so there is no end.
            if os.getppid() != worker:
                break
            continue
        data = os.read(0, 65_536)
        if not data:
            break
        *lines, rest = (rest + data).split(b"\n")
        for line in lines:
            _note(watched, line.decode())
    for process in watched.values():
        kill_tree(process)


def _note(watched: dict[int, psutil.Process], line: str) -> None:
    pid = int(line[1:])
    watched.pop(pid, None)
    if line.startswith("+"):
        with contextlib.suppress(psutil.NoSuchProcess):
            watched[pid] = psutil.Process(pid)


if __name__ == "__main__":
    main()
