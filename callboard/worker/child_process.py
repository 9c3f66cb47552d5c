"""One child process as its worker sees it: a pool of one process, so that no two children share a pipe or lock."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import signal
import threading
import time
from concurrent.futures import Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any, Final

import psutil
from pebble import ProcessExpired, ProcessPool

from callboard.broker.attempt import Attempt
from callboard.jobs.errors import ChildDied
from callboard.worker.child import ChildLost, Ready, Report, perform, plain, prepare, settle
from callboard.worker.child_guard import Guard, kill_tree
from callboard.worker.child_limits import MB
from callboard.worker.child_stack import read_stack

# Recycled after so many attempts, or when it has grown by so much: what leaks in a body leaves with its process.
TASKS_MOST: Final = 200
GROWTH_MOST_MB: Final = 200
# The pool tells of a death within a tenth of a second, but not of one with exit code 0.
SILENT_DEATH: Final = 0.5
TREE_EVERY: Final = 1.0
GUARD: Final = Guard()


class Child:
    """A process for the types of one module, so that none carries the libraries of another; one attempt at a time."""

    def __init__(self, module: str) -> None:
        # The worker has threads: a forked child would inherit their locks.
        self._pool = ProcessPool(max_workers=1, initializer=settle, context=multiprocessing.get_context("spawn"))
        self._process: psutil.Process | None = None
        self._ready: Ready | None = None
        self._future: Future[Any] | None = None
        self._missed_since: float | None = None
        self._tree: list[psutil.Process] = []
        self._tree_at = 0.0
        self._end = threading.Lock()
        self._ending: threading.Thread | None = None
        self.module = module
        self.job = ""
        self.performed = 0
        self.closing = False
        self.spent = False

    # -- what it is asked to do

    def prepare(self) -> None:
        """Start the process and have it import its module; `wait` says when that is done."""
        level = logging.getLogger().getEffectiveLevel()
        self._ask(prepare, self.module, level)

    def prepared(self) -> None:
        """Take note of the process that is ready now. Raises what the import raised, or ChildDied."""
        ready = self._answer()
        try:
            self._process = psutil.Process(ready.pid)
        except psutil.NoSuchProcess:
            raise ChildDied("the child process died while it was starting") from None
        self._ready = ready
        GUARD.watch(ready.pid)

    def perform(self, attempt: Attempt, limit_mb: int) -> None:
        """Begin the body of an attempt; `wait` says when it is over. Raises ChildLost."""
        assert self._ready
        self.performed += 1
        self.job = attempt.message_id
        self._ask(perform, self._ready.pid, plain(attempt), limit_mb)

    def report(self) -> Report:
        """How the attempt ended. Raises ChildDied, or ChildLost where the body cannot have begun."""
        assert self._ready
        self.job = ""
        report = self._answer()
        assert isinstance(report, Report)
        grown = report.rss_mb - self._ready.rss_mb
        self.spent = report.littered or grown > GROWTH_MOST_MB or self.performed >= TASKS_MOST
        return report

    def wait(self, seconds: float) -> bool:
        """Whether the child is through with what it was asked, waiting for so long. Raises ChildDied."""
        assert self._future
        if wait([self._future], timeout=seconds).done:
            return True
        if self._process is None or self._process.is_running():
            return False
        now = time.monotonic()
        self._missed_since = self._missed_since or now
        if now - self._missed_since > SILENT_DEATH:
            raise ChildDied("the child process ended with exit code 0 in the middle of the job")
        return False

    def _ask(self, function: Any, *args: object) -> None:
        self._missed_since = None
        try:
            self._future = self._pool.schedule(function, args=args)
        except (RuntimeError, BrokenProcessPool) as error:
            raise ChildLost(f"the child process cannot be reached: {error}") from None

    def _answer(self) -> Any:
        assert self._future
        try:
            return self._future.result(timeout=0)
        except ProcessExpired as death:
            raise ChildDied(f"the child process {_how(death.exitcode)} in the middle of the job") from None
        except BrokenProcessPool as error:
            raise ChildLost(f"the child process died before it was given the job: {error}") from None

    # -- how it is watched and ended

    @property
    def usable(self) -> bool:
        """Whether it can be given another attempt, as far as is known."""
        return not (self.spent or self.closing) and self._process is not None and self._process.is_running()

    def resident_mb(self) -> float:
        """The resident memory of the process and, looked at once a second, of those below it."""
        if self._process is None:
            return 0.0
        now = time.monotonic()
        if now - self._tree_at > TREE_EVERY:
            self._tree_at = now
            with contextlib.suppress(psutil.Error):
                self._tree = self._process.children(recursive=True)
        return sum(_resident(one) for one in (self._process, *self._tree)) / MB

    def stack(self) -> str:
        """What its threads do now, nothing where it cannot be told."""
        return read_stack(self._ready.pid, self._ready.stack) if self._ready and not self.closing else ""

    def end(self) -> None:
        """Kill the process with all below it; safe to repeat, returns without waiting for the pool."""
        self.closing = True
        if not self._end.acquire(blocking=False):
            return
        self._pool.stop()  # type: ignore[no-untyped-call]  # First, or it would start another process in place of this one.
        if self._process:
            kill_tree(self._process)
            for one in self._tree:  # When the process died by itself its programs are no longer below it.
                with contextlib.suppress(psutil.Error):
                    one.kill()
            GUARD.forget(self._process.pid)
        # In a thread, because it takes a moment, and for ever if the process was killed half-way through an answer.
        self._ending = threading.Thread(target=self._pool.join, name="callboard-child-end", daemon=True)
        self._ending.start()

    def ended(self, seconds: float) -> bool:
        """Whether all that belonged to it in this process has been given back, waiting for so long."""
        if self._ending:
            self._ending.join(seconds)
        return not (self._ending and self._ending.is_alive())


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _how(exit_code: int) -> str:
    """The words for an exit code as `multiprocessing` gives it: negative for a signal."""
    if exit_code >= 0:
        return f"ended with exit code {exit_code}"
    try:
        return f"was killed by {signal.Signals(-exit_code).name}"
    except ValueError:
        return f"was killed by signal {-exit_code}"
