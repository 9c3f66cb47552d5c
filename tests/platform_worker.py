"""The platform with a real worker process, as it is deployed: a home, tables, files, and jobs that run there."""

import contextlib
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import psutil
import pytest

from callboard.broker.client import Client
from callboard.broker.connect import open_links
from callboard.broker.control import Control
from callboard.broker.store import FlowStatus, Store
from callboard.history.database import Engine, connect
from callboard.history.recorder import Recorder
from callboard.history.schema import HISTORY
from callboard.jobs.flow import Plan
from callboard.jobs.record import Job
from callboard.jobs.settings import load_settings
from callboard.jobs.states import FINAL
from research.files import FileStore
from research.schema import RESEARCH
from tests.waiting import wait_until

ROOT = Path(__file__).parents[1]
numbers = itertools.count(1)


class Platform:
    """A deployment of its own on a server: settings from an environment, `dramatiq actors` over it, and its stores."""

    def __init__(self, folder: Path, url: str, **environ: str) -> None:
        self.environ = {
            "REDIS_URL": url,
            "CALLBOARD_PREFIX": f"{{platform-{os.getpid()}-{next(numbers)}}}",
            "CALLBOARD_HOME": str(folder),
            "CALLBOARD_EMBEDDINGS": "hashed",
            "CALLBOARD_OUTBOUND_ALLOW": "127.0.0.0/8",
            "FROM_EMAIL": "lab@callboard.example",
            **environ,
        }
        self.folder = folder
        self.settings = load_settings(self.environ)
        for schema in (HISTORY, RESEARCH):
            schema.upgrade(self.settings.sql_url)
        self.engine: Engine = connect(self.settings.sql_url)
        self.files = FileStore(self.settings.files_folder)
        self.links = open_links(self.settings)
        self.client, self.store, self.control = Client(self.links), Store(self.links), Control(self.links)
        self.workers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            self.stop(worker)
        self.engine.dispose()
        self.links.close()

    # -- workers

    def hire(self, *, threads: int = 4, **environ: str) -> subprocess.Popen[bytes]:
        """Start one more worker process, and wait until it is there."""
        before = {worker.id for worker in self.store.workers()}  # one that was killed stays listed for a while
        log = (self.folder / f"worker-{len(self.workers)}.log").open("wb")
        with log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "dramatiq", "actors", "--path", str(ROOT), "-p", "1", "-t", str(threads)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(ROOT), **self.environ, **environ},
                cwd=self.folder,
                start_new_session=True,
            )
        self.workers.append(worker)
        wait_until(
            lambda: {worker.id for worker in self.store.workers()} - before, seconds=60, what="the worker is listed"
        )
        return worker

    def processes(self, worker: subprocess.Popen[bytes]) -> list[psutil.Process]:
        """A worker's command and all below it, the children of isolated types too."""
        with contextlib.suppress(psutil.NoSuchProcess):
            top = psutil.Process(worker.pid)
            return [top, *top.children(recursive=True)]
        return []

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """As if the power had failed."""
        for process in self.processes(worker):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        worker.wait()

    def stop(self, worker: subprocess.Popen[bytes]) -> None:
        """Stop a worker as an operator does, and kill what does not heed."""
        below = self.processes(worker)
        worker.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.wait(15)
        for process in below:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        worker.wait()

    # -- jobs

    def run(self, actor: Any, /, *, seconds: float = 60.0, **arguments: Any) -> Job:
        """Enqueue a job, wait until it has ended, and return it."""
        return self.ended(self.client.enqueue(actor.call(**arguments)), seconds=seconds)

    def ended(self, id: str, *, seconds: float = 60.0) -> Job:
        """A job once it has ended."""
        wait_until(lambda: self.store.get(id).state in FINAL, seconds=seconds, every=0.02, what=f"job {id} has ended")
        return self.store.get(id)

    def flow(self, plan: Plan, *, seconds: float = 120.0) -> FlowStatus:
        """Start a flow, wait until it has ended, and return how it did."""
        id = self.client.start_flow(plan)

        def ended() -> FlowStatus | None:
            status = self.store.flow(id)
            return status if status and status.state in ("completed", "failed", "cancelled") else None

        found = wait_until(ended, seconds=seconds, every=0.05, what=f"flow {id} has ended")
        assert found
        return found

    def failure(self, job: Job) -> dict[str, Any]:
        """How the last attempt of a job failed: `class`, `type`, `message`."""
        failure: dict[str, Any] = self.store.errors(job.id)[-1]["failure"]
        return failure

    def record(self) -> None:
        """Write all that has happened into the history."""
        while self._recorder.step(block_ms=1):
            pass

    @cached_property
    def _recorder(self) -> Recorder:
        return Recorder(self.engine, self.links)


@pytest.fixture(scope="session")
def platform(valkey_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """One deployment with one worker process of four threads, shared by all tests of this test process."""
    with Platform(tmp_path_factory.mktemp("platform"), valkey_url) as platform:
        platform.hire()
        yield platform
