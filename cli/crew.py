"""Workers for this command: the crew that the settings ask for, and whether anybody else works already."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from callboard.broker.presence import there
from callboard.jobs.settings import environment_for_child
from callboard.worker.supervisor import Companion, Crew, Supervisor
from cli.failures import FAILED, Stop
from cli.server import settings, store

if TYPE_CHECKING:
    pass

LOG_BYTES: Final = 5_000_000
HOPELESS: Final = 4


def crew(
    processes: int | None = None,
    threads: int | None = None,
    queues: tuple[str, ...] = (),
    modules: tuple[str, ...] = ("actors",),
    log: Path | None = None,
) -> Crew:
    """The crew of the settings, with what the command line says instead."""
    given = settings()
    return Crew(
        modules=modules,
        processes=given.worker_processes if processes is None else processes,
        threads=given.worker_concurrency if threads is None else threads,
        queues=queues,
        grace=given.shutdown_timeout,
        log=log,
    )


MODULES: Final = {"web": "web", "scheduler": "scheduler", "demo": "cli.demo_world", "recorder": "callboard.history"}
# What belongs to the workers of a whole board, in the order in which it is started; the last one leaves last.
COMPANIONS: Final = ("web", "scheduler", "recorder")


class Company:
    """The workers with their companions, as one: started together, and stopped so that the recorder sees the end."""

    def __init__(
        self,
        workers: Crew,
        say: Callable[[str], None],
        *,
        quiet: bool,
        names: Iterable[str] = COMPANIONS,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        # One port cannot be that of all of them; whoever wants probes starts its processes one by one.
        environ = {**(environ or environment_for_child()), "CALLBOARD_HEALTH_PORT": ""}
        companions = [
            Companion(name, MODULES[name], log=process_log(name) if quiet else None, environ=environ) for name in names
        ]
        crews: list[Crew | Companion] = [workers, *companions]
        self.supervisors = [Supervisor(crew, say) for crew in crews]

    def start(self) -> None:
        """Start all processes and watch over them."""
        for supervisor in self.supervisors:
            supervisor.start()

    def stop(self) -> None:
        """Stop all, the recorder after the others."""
        *others, recorder = self.supervisors
        with ThreadPoolExecutor(len(others)) as threads:
            list(threads.map(Supervisor.stop, others))
        recorder.stop()

    def kill(self) -> None:
        """Kill all at once; a `stop` that waits for them returns."""
        for supervisor in self.supervisors:
            supervisor.kill()


def worker_log() -> Path:
    """Where workers write that a command starts beside itself."""
    return process_log("worker")


def process_log(name: str) -> Path:
    """Where processes of this name write that a command starts beside itself; a long one is put aside."""
    log = settings().home / "logs" / f"{name}.log"
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
    return log


def served(queues: Iterable[str]) -> bool:
    """Whether running workers serve all these queues."""
    covered = {queue for worker in store().workers() if there(worker) for queue in worker.about.get("queues", ())}
    return set(queues) <= covered


class Helpers:
    """A worker of our own, and a recorder of what it does, as soon as it turns out that nobody else works."""

    def __init__(self, queues: Iterable[str], say: Callable[[str], None]) -> None:
        self.queues = set(queues)
        self.say = say
        self.company: Company | None = None

    def call_if_needed(self) -> None:
        """Start a worker if none serves the queues. Raises Stop when it dies again and again."""
        if self.company is None:
            if not served(self.queues):
                hired = crew(processes=1, log=worker_log())
                self.company = Company(hired, self.say, quiet=True, names=["recorder"])
                self.company.start()
        elif self.company.supervisors[0].failures >= HOPELESS:
            raise Stop(FAILED, f"no worker can be kept running; see {worker_log()}")

    def dismiss(self) -> None:
        """Stop the worker if one was started."""
        if self.company:
            self.company.stop()


@contextlib.contextmanager
def helpers(queues: Iterable[str], say: Callable[[str], None]) -> Iterator[Helpers]:
    """Have the queues served for the length of the block."""
    helping = Helpers(queues, say)
    try:
        helping.call_if_needed()
        yield helping
    finally:
        helping.dismiss()
