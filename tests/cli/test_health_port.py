"""Probes: a worker, a scheduler, a recorder and a process for streams tell what they need and whether it is there."""

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from callboard.history.schema import HISTORY
from callboard.jobs.settings import environment_for_child, load_settings
from tests.cli.conftest import Command
from tests.waiting import wait_until

pytestmark = [pytest.mark.system, pytest.mark.timeout(200)]


@pytest.mark.parametrize(
    ("words", "needs"),
    [
        (("worker", "-p", "1", "-t", "1", "-q", "cache"), {"redis", "workers"}),
        (("scheduler",), {"redis", "sql"}),
        (("recorder",), {"redis", "sql"}),
        (("live",), {"redis", "sql"}),
    ],
)
def test_a_process_says_that_it_is_ready(callboard: Command, words: tuple[str, ...], needs: set[str]) -> None:
    HISTORY.upgrade(load_settings().sql_url)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    flag = "--port" if words == ("live",) else "--health-port"
    command = [sys.executable, "-m", "cli", *words, flag, str(port)]
    with subprocess.Popen(command, env=environment_for_child(), stderr=subprocess.PIPE, text=True) as process:
        try:
            told = wait_until(lambda: probe(port, "/readyz"), every=0.1, what="ready")
            assert told == {"status": "ok", "checks": dict.fromkeys(needs, "ok")}
            assert probe(port, "/livez") == {"status": "ok"}
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
    assert process.returncode == 0


def probe(port: int, path: str) -> Any:
    """What a probe says once it is well."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return json.loads(answer.read())
    except urllib.error.URLError:
        return None


def test_a_port_that_is_taken_is_said_and_ends_the_process(callboard: Command, tmp_path: Path) -> None:
    HISTORY.upgrade(load_settings().sql_url)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        words = [sys.executable, "-m", "cli", "recorder", "--health-port", str(taken.getsockname()[1])]
        done = subprocess.run(words, env=environment_for_child(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "cannot be had" in done.stderr
