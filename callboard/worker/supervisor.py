"""Run processes, start those that die again, and have all of them out in time when told to stop."""

from __future__ import annotations

import contextlib
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import IO, Final

from callboard.worker.processes import end_all, has_children, signal_all, signal_one

# A worker that dies is started again after 0.5 s, then 1 s, ... 10 s; one that ran for a while starts afresh.
BACKOFF_FIRST: Final = 0.5
BACKOFF_MOST: Final = 10.0
BACKOFF_FORGOTTEN: Final = 30.0
LOOK_EVERY: Final = 0.1
# Over the grace of its jobs, a worker has this long to hand back what it holds before it is killed.
LAST_WORDS: Final = 0.85
# What the process of the jobs has logged at its end is passed on within this time.
LAST_LINES: Final = 0.1


@dataclass(frozen=True, slots=True)
class Crew:
    """What to run: the modules that declare job types, in so many processes of so many threads each."""

    modules: tuple[str, ...] = ("actors",)
    processes: int = 2
    threads: int = 5
    queues: tuple[str, ...] = ()
    grace: timedelta = timedelta(seconds=30)
    log: Path | None = None
    environ: Mapping[str, str] | None = None

    def command(self, restarts: int) -> list[str]:
        """The command of one process, whose place was filled so often before.

        Each is a `dramatiq` of its own, for one that dies takes its siblings along.
        """
        grace_ms = round(self.grace.total_seconds() * 1000)
        options = ["--processes", "1", "--threads", str(self.threads), "--worker-shutdown-timeout", str(grace_ms)]
        queues = ["--queues", *self.queues] if self.queues else []
        return [*_launch("dramatiq", restarts), *self.modules, *options, *queues]

    @property
    def name(self) -> str:
        """What one process is called."""
        return "worker"

    @property
    def in_children(self) -> bool:
        """Whether a process does its work in child processes of its own, and has nothing to do without them."""
        return True


@dataclass(frozen=True, slots=True)
class Companion:
    """Another process that belongs to the workers: a module that is run by `python -m`, once."""

    name: str
    module: str
    grace: timedelta = timedelta(seconds=10)
    log: Path | None = None
    environ: Mapping[str, str] | None = None
    processes: int = 1
    in_children: bool = False

    def command(self, restarts: int) -> list[str]:
        """The command of the process, which was started so often before."""
        return _launch(self.module, restarts)


def _launch(module: str, restarts: int) -> list[str]:
    """The command that runs a module as a child that does not outlive this process."""
    return [sys.executable, "-m", "callboard.worker.launch", str(os.getpid()), str(restarts), module]


def backoff(failures: int) -> float:
    """Seconds to wait before a worker is started again that died so many times in a row."""
    return min(BACKOFF_MOST, BACKOFF_FIRST * 2.0 ** min(failures - 1, 16))


@dataclass(slots=True)
class Place:
    """One place in the crew and the process that fills it now."""

    number: int
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    failures: int = 0
    restarts: int = 0
    leaving: bool = False


class Supervisor:
    """Keeps the places of a crew filled, by a thread of its own; `say` is told what an operator wants to know."""

    def __init__(self, crew: Crew | Companion, say: Callable[[str], None]) -> None:
        self.crew = crew
        self.places = [Place(number) for number in range(1, crew.processes + 1)]
        self._say = say
        self._stop = threading.Event()
        self._kill = threading.Event()
        # The kernel binds a child to the thread that started it, so one thread starts all and outlives them.
        self._thread = threading.Thread(target=self._supervise, name="callboard-supervisor", daemon=True)

    def start(self) -> None:
        """Start the workers and watch over them."""
        self._thread.start()

    def stop(self) -> None:
        """Have the workers finish or hand back their jobs, and return when all are gone; after the grace by force."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def kill(self) -> None:
        """Kill the workers at once; a `stop` that waits for them returns."""
        self._kill.set()
        self._stop.set()

    def replace_all(self) -> None:
        """Have each worker finish or hand back its jobs and start again, with the code as it is now."""
        for place in self.places:
            place.due_at = min(place.due_at, time.monotonic())
            if place.process:
                place.leaving = True
                signal_one(place.process, signal.SIGTERM)

    @property
    def pids(self) -> list[int]:
        """The processes that fill the places now."""
        return [place.process.pid for place in self.places if place.process]

    @property
    def failures(self) -> int:
        """How many times in a row the worker of some place has died soon after its start."""
        return max(place.failures for place in self.places)

    def _supervise(self) -> None:
        while not self._stop.wait(LOOK_EVERY):
            now = time.monotonic()
            for place in self.places:
                if place.process and place.process.poll() is not None:
                    self._note_end(place, now)
                if not place.process and now >= place.due_at:
                    self._fill(place, now)
        self._send_home()

    def _fill(self, place: Place, now: float) -> None:
        place.started_at, place.leaving = now, False
        with _output(self.crew.log) as output:
            place.process = subprocess.Popen(
                self.crew.command(place.restarts),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self.crew.environ,
                process_group=0,  # Ctrl-C is for the supervisor; and what a dead worker leaves behind can be found.
            )

    def _note_end(self, place: Place, now: float) -> None:
        process = place.process
        assert process is not None
        place.process = None
        place.restarts += 1
        signal_all(process, signal.SIGKILL)  # whatever of its group is left
        if place.leaving:
            place.due_at = now
            return
        if process.returncode == 0 and self.crew.in_children:
            # It was told to go, over the API or by a signal: to start it again would be to know better.
            place.due_at = math.inf
            self._say(f"{self.crew.name} {place.number} was told to stop, and no other takes its place")
            return
        place.failures = 1 if now - place.started_at > BACKOFF_FORGOTTEN else place.failures + 1
        pause = backoff(place.failures)
        place.due_at = now + pause
        ended, where = _end_in_words(process.returncode), f"; see {self.crew.log}" if self.crew.log else ""
        self._say(f"{self.crew.name} {place.number} {ended}, starting it again in {pause:g} s{where}")

    def _send_home(self) -> None:
        """Ask all to stop, wait as long as agreed, then kill."""
        present = [place.process for place in self.places if place.process]
        for process in present:
            signal_one(process, signal.SIGTERM)
        deadline = time.monotonic() + self.crew.grace.total_seconds() + LAST_WORDS
        while present and time.monotonic() < deadline and not self._kill.wait(0.05):
            # Without its child, dramatiq has nothing left to do and takes a second to find out.
            idle = [process for process in present if self._is_done(process)]
            self._kill.wait(LAST_LINES if idle else 0)
            for process in idle:
                end_all(process)
            present = [process for process in present if process not in idle]
        for process in present:
            end_all(process)

    def _is_done(self, process: subprocess.Popen[bytes]) -> bool:
        return not has_children(process) if self.crew.in_children else process.poll() is not None


def _end_in_words(code: int) -> str:
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    meanings = {1: "died", 2: "cannot import its job types", 3: "cannot reach the server"}
    return f"{meanings.get(code, 'ended')} (exit code {code})"


@contextlib.contextmanager
def _output(log: Path | None) -> Iterator[IO[bytes] | None]:
    """Where a worker writes: a file, or where we do."""
    if log is None:
        yield None
        return
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as file:
        yield file
