"""The place of one measurement: a server of our own, emptied before, and worker processes that end with it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import redis

from benchmarks.jobs import FOLDER
from callboard.broker.embedded import start_embedded

ROOT = Path(__file__).parents[1]
THREADS = 8


@dataclass(frozen=True)
class Bench:
    """A server, a folder for the counters, and how large the measurements are (1 is full size)."""

    url: str
    folder: Path
    scale: float

    def many(self, full: int, least: int = 200) -> int:
        """How many jobs to use where a full run uses `full`."""
        return max(least, int(full * self.scale))

    def server(self) -> redis.Redis:
        """A connection for looking at the server."""
        return redis.Redis.from_url(self.url, decode_responses=True)

    def empty(self) -> None:
        """Forget all jobs and counts."""
        with self.server() as server:
            server.flushall()
        for path in self.folder.iterdir():
            path.unlink()

    def used(self) -> int:
        """Bytes that the server uses."""
        with self.server() as server:
            return int(server.info("memory")["used_memory"])

    @contextlib.contextmanager
    def workers(self, module: str, count: int = 1) -> Iterator[None]:
        """Worker processes of a module of this package; their words go to `workers.log`."""
        command = [sys.executable, "-m", "dramatiq", f"benchmarks.{module}", "-p", str(count), "-t", str(THREADS)]
        # Without persistence our workers refuse to start, as they should.
        ours = {"BENCH_URL": self.url, FOLDER: str(self.folder), "CALLBOARD_ALLOW_UNSAFE_REDIS": "true"}
        environment = {**os.environ, **ours, "PYTHONPATH": str(ROOT)}
        words = self.folder.parent / "workers.log"
        with words.open("ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            yield
        except TimeoutError as error:
            error.add_note("\n".join(["the workers said last:", *words.read_text().splitlines()[-20:]]))
            raise
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the workers at once: what has been measured is over, and their server goes with them."""
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def until(condition: Callable[[], bool], what: str, seconds: float = 120.0) -> None:
    """Wait for something. Raises TimeoutError, which says what did not happen."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(0.004)


@contextlib.contextmanager
def benches(scale: float, persist: bool) -> Iterator[Bench]:
    """A bench on a fresh server; with `persist` it keeps an append-only file, as the one we ship does."""
    kept = {} if persist else {"appendonly": "no", "save": '""'}
    with tempfile.TemporaryDirectory(prefix="callboard-bench-") as name:
        counts = Path(name) / "counts"
        counts.mkdir()
        with start_embedded(Path(name) / "valkey", options=kept) as server:
            yield Bench(server.url, counts, scale)
