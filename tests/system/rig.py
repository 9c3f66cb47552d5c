"""A Valkey of its own with real worker processes, and the one checker that is run after every fault."""

import contextlib
import itertools
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil
import redis

from callboard.broker import invariants
from callboard.broker.client import Client
from callboard.broker.control import Control
from callboard.broker.embedded import Embedded, start_embedded
from callboard.broker.errors import ConnectionLost
from callboard.broker.keys import EVENTS
from callboard.broker.link import Links
from callboard.broker.scripts import Scripts
from callboard.broker.store import Store
from callboard.jobs.call import Call
from callboard.jobs.policy import Policy, Retry
from callboard.jobs.record import Job
from callboard.jobs.states import FINAL
from tests.proxy import Proxy
from tests.waiting import wait_until

ROOT = Path(__file__).parents[2]
SOON = Retry(attempts=3, first=0.2, at_most=0.2, jitter="none")
EVENTS_CAP = 1_000_000


class Crew:
    """One `dramatiq` command with its worker process."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self.log = log

    @property
    def pids(self) -> list[int]:
        """The command and all below it, isolated bodies too."""
        with contextlib.suppress(psutil.NoSuchProcess):
            children = psutil.Process(self.process.pid).children(recursive=True)
            return [self.process.pid, *(child.pid for child in children)]
        return []

    def signal(self, number: signal.Signals) -> None:
        """Signal the command and its worker process."""
        for pid in self.pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self) -> None:
        """As if the power had failed."""
        self.signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, patience: float = 10.0) -> float:
        """Ask to stop as an operator does; the seconds until it was gone."""
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(patience)
        return time.monotonic() - began


class Rig:
    """Server, clients, workers and the record of what ran; nothing of it outlives the block."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.ran = folder / "ran"
        self.ran.touch()
        self.server: Embedded = start_embedded(folder / "valkey")
        self.scripts = Scripts({"EVENTS_CAP": EVENTS_CAP, "EVENTS_KEPT": EVENTS_CAP})
        self.links = Links(self.server.url, self.scripts)
        self.client, self.store, self.control = Client(self.links), Store(self.links), Control(self.links)
        self.crews: list[Crew] = []
        self.proxies: list[Proxy] = []
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in self.own_processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        for crew in self.crews:
            crew.process.wait()
        for proxy in self.proxies:
            proxy.close()
        self.links.close()
        self.server.stop()

    def own_processes(self) -> list[psutil.Process]:
        """Every process that carries the mark of this rig, whoever its parent is by now."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.environ().get("FAULT_FOLDER") == str(self.folder) and process.pid != os.getpid():
                    found.append(process)
        return found

    # -- processes

    def environment(self, url: str | None = None, **more: str) -> dict[str, str]:
        """What a worker of this rig finds in its environment: a short lease, and paths."""
        return {
            **os.environ,
            "REDIS_URL": url or self.server.url,
            "FAULT_FOLDER": str(self.folder),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "CALLBOARD_LEASE": "2s",
            "CALLBOARD_EVENTS_CAP": str(EVENTS_CAP),
            "CALLBOARD_EVENTS_KEPT": str(EVENTS_CAP),
            "CALLBOARD_HOME": str(self.folder),
            "SHUTDOWN_TIMEOUT": "3s",
            **more,
        }

    def hire(self, threads: int = 4, module: str = "fault_jobs", url: str | None = None, **environ: str) -> Crew:
        """Start one worker process; see `ready`."""
        command = [sys.executable, "-m", "dramatiq", f"tests.system.{module}", "--path", str(ROOT)]
        log = self.folder / f"worker-{next(self._numbers)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*command, "-p", "1", "-t", str(threads), "--worker-shutdown-timeout", "3000"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self.environment(url, **environ),
                cwd=self.folder,
                start_new_session=True,
            )
        self.crews.append(Crew(process, log))
        return self.crews[-1]

    def ready(self, workers: int) -> None:
        """Wait until so many workers are listed."""
        wait_until(lambda: len(self.store.workers()) >= workers, seconds=20, what=f"{workers} workers are there")

    def proxy(self, seed: int = 0) -> Proxy:
        """A proxy before the server."""
        self.proxies.append(Proxy(self.server.url, self.scripts, seed))
        return self.proxies[-1]

    def restart_server(self, number: signal.Signals) -> None:
        """Stop the server with a signal and start it again over the same data and port."""
        port = self.server.port
        os.kill(self.server.pid, number)
        wait_until(lambda: not self.server.is_alive(), seconds=20, what="the server is down")
        self.server.stop()
        self.server = start_embedded(self.folder / "valkey", port=port)

    # -- jobs

    def call(self, type: str, *args: Any, queue: str = "work", retry: Retry = SOON, delay: float = 0.0) -> Call:
        """A call of one of the types of the fault jobs."""
        return Call(type, queue, args, policy=Policy(retry), delay=delay)

    def start(self, calls: Iterable[Call]) -> list[str]:
        """Accept calls and return the ids of their jobs."""
        return self.client.enqueue_many(list(calls))

    def open_gate(self, gate: str) -> None:
        """Let the bodies go that wait for it."""
        (self.folder / gate).touch()

    def jobs(self, ids: Iterable[str]) -> list[Job]:
        """The jobs as they are now; one that is there no more stays out."""
        return [job for job in self.store.find_many(list(ids)) if job]

    def settled(self, ids: list[str], seconds: float = 60.0) -> bool:
        """Wait until all are final; whether they are."""
        with contextlib.suppress(AssertionError):
            wait_until(lambda: self._live(ids) == 0, seconds=seconds, every=0.02, what="all jobs are final")
        return self._live(ids) == 0

    def _live(self, ids: list[str]) -> int:
        with contextlib.suppress(ConnectionLost):
            return sum(job.state not in FINAL for job in self.jobs(ids))
        return len(ids)

    def wait_active(self, ids: Iterable[str], seconds: float = 15.0) -> None:
        """Wait until all of them run."""
        known = list(ids)
        wait_until(lambda: all(job.state == "active" for job in self.jobs(known)), seconds=seconds, what="all run")

    # -- what happened

    def lines(self, word: str) -> list[list[str]]:
        """The starts of bodies of one kind: monotonic time, pid, then the arguments."""
        rows = [line.split() for line in self.ran.read_text().splitlines()]
        return [row[1:] for row in rows if row[0] == word]

    def events(self, *names: str) -> list[dict[str, Any]]:
        """All events of some names, in order, `at` in seconds of the server's clock."""
        with redis.Redis.from_url(self.server.url, decode_responses=True) as reader:
            entries = reader.xrange(EVENTS(self.links.prefix))
        return [{**value, "at": int(id.split("-")[0]) / 1000} for id, value in entries if value["event"] in names]

    def count_events(self, name: str, ids: Iterable[str]) -> Counter[str]:
        """How often an event was emitted for each of some jobs."""
        seen = Counter(event["id"] for event in self.events(name))
        return Counter({id: seen[id] for id in ids})

    def broken_invariants(self) -> list[str]:
        """What is wrong with the store once it has come to rest."""
        return invariants.check(self.links)


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Whether something becomes true in time."""
    with contextlib.suppress(AssertionError):
        wait_until(condition, seconds=seconds)
        return True
    return False
