"""A hundred people who look at everything while jobs run: what their looking costs the server.

Counted are the commands that the server has had over the connections of the web process, as its `CLIENT LIST` says.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

import psutil
import redis

from benchmarks.bench import ROOT, Bench
from benchmarks.jobs import STEPS_QUEUES
from benchmarks.live import LiveProcess, clients, live_process
from callboard.broker.client import Client
from callboard.broker.connect import open_links
from callboard.broker.store import Store
from callboard.jobs.call import Call
from callboard.jobs.flow import group, plan
from callboard.jobs.settings import Settings
from callboard.jobs.states import FINAL

VIEWERS, SECONDS, WARM = 100, 30, 10
SCRAPE_EVERY: Final = 15.0
JOBS_PER_SECOND, POLL_EVERY, STAY = 4, 3.0, 5
CONNECTIONS: Final = 12
ABOUT: Final = ("", "/attempts", "/logs", "/progress", "/position", "/events")
JOB: Final = ("jobs/{job}", *(f"jobs/{{job}}{part}" for part in ABOUT))
# A page of the dashboard, opened once, and what its viewers ask the API for while they stay.
PAGES: Final = (
    ("", "stats/overview", "attention", "jobs/counts"),
    ("jobs", "jobs?limit=50", "jobs/counts"),
    ("errors", "jobs?q=state:failed", "errors"),
    JOB,
    JOB,
    JOB,
    ("queues/bench-1", "queues", "queues/bench-1"),
    ("flows/{flow}", "flows", "flows/{flow}"),
    ("workers", "workers", "types"),
    ("alerts", "alerts", "alerts/rules", "schedules"),
)
# What no look at the pages may make the server do.
FORBIDDEN: Final = ("keys", "scan", "zinter", "zinterstore", "zunion", "zunionstore", "sort", "flushall")


@dataclass
class World:
    """What there is to look at, and what was seen; `going_on`: when each job was last shown as not ended yet."""

    flow: str
    jobs: list[str] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)
    took_ms: list[float] = field(default_factory=list)
    going_on: dict[str, float] = field(default_factory=dict)


def measure(bench: Bench) -> dict[str, float]:
    """The figures of reading."""
    bench.empty()
    seconds = max(3.0, SECONDS * min(1.0, bench.scale))
    viewers = min(VIEWERS, bench.many(VIEWERS, least=10))
    with contextlib.ExitStack() as stack:
        server, web = stack.enter_context(bench.server()), stack.enter_context(live_process(bench, "web"))
        stack.enter_context(bench.workers("worker_steps"))
        stack.enter_context(recorder(bench))
        world = stack.enter_context(work(bench))
        time.sleep(min(WARM, seconds))
        before = commands(server, web, seconds)
        with clients(web, viewers, 0), viewing(web, world, viewers):
            time.sleep(min(WARM, seconds))
            server.slowlog_reset()
            forbidden, asked = _forbidden(server), len(world.took_ms)
            during = commands(server, web, seconds)
            forbidden, asked = _forbidden(server) - forbidden, len(world.took_ms) - asked
            ports, slow = _ports(web), server.slowlog_get(128)
            stale = _stale(bench, world)
            forbidden += sum(int(str(entry["client_address"].decode()).rpartition(":")[2]) in ports for entry in slow)
    if world.statuses - {200, 202, 404}:
        raise RuntimeError(f"requests were answered with {sorted(world.statuses)}")
    took = sorted(world.took_ms)
    return {
        "readers_added": max(during - before, 0.01),
        "readers_requests": asked / seconds,
        "readers_p95": took[int(len(took) * 0.95)],
        "readers_stale": stale,
        "readers_forbidden": 1.0 + forbidden,
    }


def _stale(bench: Bench, world: World) -> float:
    """For how many seconds after its end a job was shown as going on, at most."""
    with contextlib.closing(open_links(Settings(redis_url=bench.url))) as links:
        ended = {id: Store(links).get(id).finished_at for id in list(world.going_on)}
    late = (world.going_on[id] - at.timestamp() for id, at in ended.items() if at)
    return max(0.01, *late, 0.01)


def commands(server: redis.Redis, web: LiveProcess, seconds: float) -> float:
    """Commands a second that the web process sends."""
    began, first = time.monotonic(), _sent(server, web)
    time.sleep(seconds)
    return (_sent(server, web) - first) / (time.monotonic() - began)


def _sent(server: redis.Redis, web: LiveProcess) -> int:
    """Commands that came over the connections that the web process has open."""
    ports = _ports(web)
    return sum(int(line["tot-cmds"]) for line in server.client_list() if int(line["addr"].rpartition(":")[2]) in ports)


def _ports(web: LiveProcess) -> set[int]:
    family = [psutil.Process(web.pid), *psutil.Process(web.pid).children(recursive=True)]
    return {line.laddr.port for process in family for line in process.net_connections("tcp")}


def _forbidden(server: redis.Redis) -> int:
    """How often the server was made to look through everything."""
    calls = server.info("commandstats")
    return sum(int(calls.get(f"cmdstat_{name}", {}).get("calls", 0)) for name in FORBIDDEN)


@contextlib.contextmanager
def work(bench: Bench) -> Iterator[World]:
    """Jobs at a steady rate, over some queues, in the block."""
    links = open_links(Settings(redis_url=bench.url))
    client, over = Client(links), threading.Event()
    shape = plan(group(*[Call("steps_0", STEPS_QUEUES[0], (1,)) for _ in range(10)]), name="ten")
    client.start_flow(shape)
    world = World(shape.id)

    def go() -> None:
        began = time.monotonic()
        for number in itertools.count():
            kind = number % len(STEPS_QUEUES)
            world.jobs = [*world.jobs[-49:], client.enqueue(Call(f"steps_{kind}", STEPS_QUEUES[kind], (number,)))]
            if over.wait(max(0.0, began + (number + 1) / JOBS_PER_SECOND - time.monotonic())):
                return

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield world
    finally:
        over.set()
        thread.join()
        links.close()


@contextlib.contextmanager
def viewing(web: LiveProcess, world: World, viewers: int) -> Iterator[None]:
    """So many viewers who poll the page at which they are, and go on to another after some polls."""
    over = threading.Event()
    with ThreadPoolExecutor(CONNECTIONS + 1) as threads:
        share = [range(viewers)[first::CONNECTIONS] for first in range(CONNECTIONS)]
        looking = [threads.submit(_look, web, world, list(some), over) for some in share if len(some)]
        looking.append(threads.submit(_scrape, web, world, over))
        try:
            yield
        finally:
            over.set()
            for one in looking:
                one.result()


def _scrape(web: LiveProcess, world: World, over: threading.Event) -> None:
    """What Prometheus does beside them."""
    while True:
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)) as connection:
            _get(connection, web, world, "/metrics")
        if over.wait(SCRAPE_EVERY):
            return


def _look(web: LiveProcess, world: World, viewers: list[int], over: threading.Event) -> None:
    """Some of the viewers over one connection, each in turn."""
    seeded = {viewer: random.Random(viewer) for viewer in viewers}
    paths: dict[int, list[str]] = {}
    for turn in itertools.count():
        began = time.monotonic()
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)) as connection:
            for viewer in viewers:
                opened: list[str] = []
                if turn % STAY == viewer % STAY or viewer not in paths:
                    page, *paths[viewer] = _page(seeded[viewer], world)
                    opened = [f"/admin/queues/{page}"]
                for path in opened + paths[viewer]:
                    if over.is_set():
                        return
                    _get(connection, web, world, path)
        if over.wait(max(0.0, began + POLL_EVERY - time.monotonic())):
            return


def _page(dice: random.Random, world: World) -> list[str]:
    job = dice.choice(world.jobs)
    page, *asked = (path.format(job=job, flow=world.flow) for path in dice.choice(PAGES))
    return [page, *(f"/api/v1/{path}" for path in asked)]


def _get(connection: http.client.HTTPConnection, web: LiveProcess, world: World, path: str) -> None:
    began = time.perf_counter()
    try:
        answer = _answer(connection, web, path)
    except ConnectionError:  # gunicorn closes what has been idle for two seconds
        connection.close()
        answer = _answer(connection, web, path)
    told = answer.read()
    world.took_ms.append((time.perf_counter() - began) * 1000)
    world.statuses.add(answer.status)
    if answer.status not in (200, 404):
        raise RuntimeError(f"{path}: {answer.status} {told.decode()}")
    if re.fullmatch(r"/api/v1/jobs/(?!counts$)[^/?]+", path) and answer.status == 200:
        job = json.loads(told)
        if job["state"] not in FINAL:
            world.going_on[job["id"]] = time.time()


def _answer(connection: http.client.HTTPConnection, web: LiveProcess, path: str) -> http.client.HTTPResponse:
    connection.request("GET", path, headers={"Authorization": f"Bearer {web.token}"})
    return connection.getresponse()


@contextlib.contextmanager
def recorder(bench: Bench) -> Iterator[None]:
    """The recorder beside the web process."""
    home = bench.folder.parent / "web-home"
    own = {"REDIS_URL": bench.url, "CALLBOARD_HOME": str(home), "PYTHONPATH": str(ROOT)}
    with (home / "recorder.log").open("wb") as log:
        command = [sys.executable, "-m", "callboard.history"]
        process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **own}, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.kill()
        process.wait()
