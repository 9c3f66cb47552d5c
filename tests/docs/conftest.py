"""One `callboard up --demo` for all pages, in a folder that holds the files which they tell their reader to write."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest

from callboard.jobs.settings import environment_for_child
from tests.docs.blocks import path_with_ours, write_files
from tests.house.sources import ROOT
from tests.waiting import wait_until

PAGES = [ROOT / "README.md", ROOT / "docs" / "tutorial.md"]
OURS = ("CALLBOARD_", "REDIS_", "DATABASE_", "PORT")


@dataclass(frozen=True)
class World:
    """A running demo: its folder, what a shell in it needs, and its port."""

    folder: Path
    environ: dict[str, str]
    port: int
    said: str

    def get(self, path: str) -> Any:
        """What the API answers, as JSON; as text where it is none."""
        token = (self.folder / ".callboard" / "token").read_text().strip()
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"Authorization": f"Bearer {token}"}
        )
        with urllib.request.urlopen(asked, timeout=30) as answer:
            body = answer.read()
            return orjson.loads(body) if "json" in answer.headers["Content-Type"] else body.decode()

    @property
    def ready(self) -> bool:
        """Whether its page answers, and a worker has come."""
        try:
            self.get("/readyz")
            return bool(self.get("/api/v1/workers")["workers"])
        except (urllib.error.URLError, OSError):
            return False


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("reader")
    files = [name for page in PAGES if page.exists() for name in write_files(page, folder)]
    port = free_port()
    clean = {name: value for name, value in environment_for_child().items() if not name.startswith(OURS)}
    environ = clean | {
        "PATH": path_with_ours(os.environ["PATH"]),
        "PORT": str(port),
        "WORKER_PROCESSES": "1",
        "WORKER_CONCURRENCY": "10",
        "CALLBOARD_MODULES": ",".join(Path(name).stem for name in files if name.endswith("_jobs.py")),
        "NO_COLOR": "1",
    }
    with (folder / "up.txt").open("w") as said:
        up = subprocess.Popen(
            [sys.executable, "-m", "cli", "up", "--demo"],
            cwd=folder,
            env=environ | {"PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stderr=said,
            stdout=said,
            start_new_session=True,
        )
    try:
        running = World(folder, environ, port, "")
        wait_until(lambda: running.ready or up.poll() is not None, seconds=180, every=0.2, what="the demo is up")
        said_at_last = (folder / "up.txt").read_text()
        assert up.poll() is None, said_at_last
        yield World(folder, environ, port, said_at_last)
    finally:
        end(up)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def end(up: subprocess.Popen[bytes]) -> None:
    """Stop it as Ctrl-C does; what is left after that is killed."""
    family = [psutil.Process(up.pid), *psutil.Process(up.pid).children(recursive=True)] if up.poll() is None else []
    if family:
        up.send_signal(signal.SIGINT)
    try:
        up.wait(30)
    except subprocess.TimeoutExpired:
        for process in family:
            if process.is_running():
                process.kill()
        up.wait()


def token_of(said: str) -> re.Match[str] | None:
    """The address with its token that `callboard up` prints."""
    return re.search(r"Dashboard  (http://127\.0\.0\.1:\d+)/#token=(\S+)", said)
