"""A thousand clients of one live process: what arrives, how late, in how much memory, and what it costs the server."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import psutil
import redis

from benchmarks.bench import ROOT, Bench, until
from callboard.broker.keys import EVENTS
from callboard.history.database import connect, writing
from callboard.history.tokens import create_token
from callboard.jobs.clock import wall_ms
from callboard.jobs.settings import Settings
from research.schema import upgrade

CLIENTS, SLOW, AWAY, MISSED, VIEWERS = 1_000, 20, 20, 500, 100
PER_SECOND, SECONDS = 10, 20
KEY = EVENTS("{callboard}")
PADDING = "x" * 300


@dataclass
class LiveProcess:
    """The process that is measured."""

    port: int
    token: str
    pid: int

    @property
    def memory_mb(self) -> float:
        """Resident memory of the worker, the largest of the children of the master."""
        children = psutil.Process(self.pid).children(recursive=True)
        return max(child.memory_info().rss for child in children) / 1e6

    def ping(self) -> float:
        """Milliseconds that another request takes."""
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/livez")
        connection.getresponse().read()
        connection.close()
        return (time.perf_counter() - began) * 1000


def measure(bench: Bench) -> dict[str, float]:
    """The figures of the live stream."""
    bench.empty()
    with bench.server() as server, live_process(bench) as process:
        figures = _fan_out(server, process, bench) | _resume(server, process, bench)
        with clients(process, min(VIEWERS, bench.many(VIEWERS, least=10)), 0):
            figures |= {"live_commands": _commands(server, seconds=max(1.0, 10 * min(1.0, bench.scale)))}
    return figures


def _fan_out(server: redis.Redis, process: LiveProcess, bench: Bench) -> dict[str, float]:
    count = min(CLIENTS, bench.many(CLIENTS, least=20))
    with clients(process, count, SLOW) as ask:
        pings: list[float] = []
        over = threading.Event()
        pinger = threading.Thread(target=_ping, args=(process, pings, over))
        pinger.start()
        sent = publish(server, PER_SECOND * max(1, int(SECONDS * min(1.0, bench.scale))))
        with contextlib.suppress(TimeoutError):  # what has not come by then is told in the figures
            until(lambda: min(ask("report")["received"]) >= sent, "all clients have all events", 20)
        over.set()
        pinger.join()
        told, memory = ask.seen, process.memory_mb
    pings.sort()
    return {
        "live_delivered": 100 * sum(told["received"]) / (count * sent),
        "live_p50": told["p50"],
        "live_p99": told["p99"],
        "live_ping_p99": pings[int(len(pings) * 0.99)],
        "live_memory": memory,
    }


def _resume(server: redis.Redis, process: LiveProcess, bench: Bench) -> dict[str, float]:
    """Clients that are away for 500 events, and come back."""
    with clients(process, AWAY, 0) as ask:
        sent = publish(server, PER_SECOND)
        until(lambda: min(ask("report")["received"]) >= sent, "all clients have all events", 20)
        ask(f"drop {AWAY}")
        sent += publish(server, bench.many(MISSED, least=50), per_second=500)
        ask(f"return {AWAY}")
        until(lambda: min(ask("report")["received"]) >= sent, "what was missed has come", 20)
        back = ask.seen
    twice = sum(back["received"]) - sum(back["distinct"])
    return {"live_resumed": 100 * back["in_order"] * (sum(back["distinct"]) - twice) / (AWAY * sent)}


def publish(server: redis.Redis, count: int, per_second: float = PER_SECOND) -> int:
    """Write events of different jobs, as the scripts do; how many."""
    begin, first = time.monotonic(), wall_ms()
    for number in range(count):
        time.sleep(max(0.0, begin + number / per_second - time.monotonic()))
        entry: dict[Any, Any] = {
            "event": "job:added",
            "id": f"{first}-{number}",
            "type": "add",
            "queue": f"q{number % 10}",
        }
        data = json.dumps({"state": "waiting", "note": PADDING})
        server.xadd(KEY, {**entry, "version": "1", "data": data}, maxlen=100_000)
    return count


def _ping(process: LiveProcess, pings: list[float], over: threading.Event) -> None:
    while not over.wait(0.05):
        pings.append(process.ping())


def _commands(server: redis.Redis, seconds: float) -> float:
    """Commands a second that the live process sends with events coming all the time, those of the events left out."""
    before = server.info("stats")["total_commands_processed"]
    began = time.monotonic()
    sent = publish(server, int(seconds * 50), per_second=50)
    after = server.info("stats")["total_commands_processed"]
    return (after - before - sent - 1) / (time.monotonic() - began)


class Asking:
    """What is asked of the clients; `seen` is the last answer."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.seen: dict[str, Any] = {}

    def __call__(self, words: str) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        if words:
            self._process.stdin.write(words + "\n")
            self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        self.seen = told
        return told


@contextlib.contextmanager
def clients(process: LiveProcess, count: int, slow: int) -> Iterator[Asking]:
    """So many clients that listen, and some that never read."""
    command = [sys.executable, "-m", "benchmarks.live_clients", str(process.port), process.token, str(count), str(slow)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        ask = Asking(child)
        try:
            statuses = ask("")["statuses"]
            if statuses != ["HTTP/1.1 200 OK"]:
                raise RuntimeError(f"the live process refused clients: {statuses}")
            yield ask
        finally:
            child.kill()


@contextlib.contextmanager
def live_process(bench: Bench, name: str = "live") -> Iterator[LiveProcess]:
    """The process as the Procfile starts it, over a home of its own; its words go to `live.log`."""
    home = bench.folder.parent / f"{name}-home"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    settings = replace(Settings(), home=home)
    upgrade(settings.sql_url)
    engine = connect(settings.sql_url)
    with writing(engine) as session:
        token = create_token(session, "bench", "viewer", wall_ms())[1]
    engine.dispose()
    port = free_port()
    own = {"REDIS_URL": bench.url, "CALLBOARD_HOME": str(home), "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
    with (home / "live.log").open("wb") as log:
        process = subprocess.Popen(
            command(port, name), cwd=ROOT, env={**os.environ, **own}, stdout=log, stderr=log, start_new_session=True
        )
    found = LiveProcess(port, token, process.pid)
    try:
        until(lambda: _answers(found), f"the {name} process answers", 60)
        yield found
    except TimeoutError as error:
        error.add_note((home / "live.log").read_text()[-3000:])
        raise
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def command(port: int, name: str = "live") -> Sequence[str]:
    """How the Procfile starts the live process or the web process, at another address."""
    (line,) = re.findall(rf"^{name}: (.+)$", (ROOT / "Procfile").read_text(), re.MULTILINE)
    return [sys.executable, "-m", *shlex.split(re.sub(r"--bind \S+", f"--bind 127.0.0.1:{port}", line))]


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _answers(process: LiveProcess) -> bool:
    try:
        process.ping()
    except OSError:
        return False
    return True
