"""A scrape of /metrics at 10 queues and 50 types, to each of which everything has happened: its time and series."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from benchmarks.bench import Bench
from benchmarks.history_jobs import QUEUES, TYPES
from callboard.history.database import writing
from callboard.history.meters import Amounts, add, amounts, count, observe
from callboard.history.recorder import Recorder
from callboard.history.schedules import put_schedule
from callboard.jobs.call import Call
from callboard.jobs.schedule import Schedule
from callboard.jobs.settings import Settings

SCRAPES, WAITING = 200, 1_000
PAGES = (
    *("/livez", "/readyz", "/api/v1/", "/api/v1/me", "/api/v1/jobs", "/api/v1/queues", "/api/v1/workers"),
    *("/api/v1/attention", "/api/v1/schedules", "/api/v1/errors", "/nothing"),
)
ENDS = ("completed", "failed", "cancelled")
OUTCOMES = ("completed", "retry", "failed", "released", "cancelled", "lost")
CLASSES = ("transient", "lost", "bug")
LINES = [(QUEUES[n % len(QUEUES)], type) for n, type in enumerate(TYPES)]


def measure(bench: Bench) -> dict[str, float]:
    """The time of a scrape over the stack of the web process, its series and bytes, and its commands to Redis."""
    from callboard.history.schema import HISTORY
    from research.schema import RESEARCH
    from web.app import create_app
    from web.services import NAME

    bench.empty()
    home = bench.folder.parent / "home"
    settings = replace(Settings(), redis_url=bench.url, home=home, open_loopback=True)
    for schema in (HISTORY, RESEARCH):
        schema.upgrade(settings.sql_url)
    app = create_app(settings)
    services = app.extensions[NAME]
    services.__dict__["types"] = {type: SimpleNamespace(queue_name=queue, actor_name=type) for queue, type in LINES}
    live_through(services, bench)
    client, times, cpu = app.test_client(), list[float](), list[float]()
    for path in PAGES:
        client.get(path)
    with bench.server() as server:
        before = commands(server)
        for _ in range(bench.many(SCRAPES, 20)):
            began, used = time.perf_counter(), time.process_time()
            answer = client.get("/metrics")
            times.append((time.perf_counter() - began) * 1000)
            cpu.append((time.process_time() - used) * 1000)
        spent = (commands(server) - before) / len(times)
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    services.links.close()
    services.engine.dispose()
    return {
        "scrape_p50": statistics.median(times),
        "scrape_p95": sorted(times)[int(len(times) * 0.95)],
        "scrape_cpu": statistics.median(cpu),
        "scrape_series": float(len(lines)),
        "scrape_kilobytes": len(answer.data) / 1_000,
        "scrape_commands": spent,
    }


def commands(server: Any) -> int:
    """How many commands the server has done, those of scripts included."""
    return sum(int(each["calls"]) for each in server.info("commandstats").values())


def live_through(services: Any, bench: Bench) -> None:
    """Totals as after years, and jobs that wait in every queue."""
    found = amounts()
    for queue, type in LINES:
        of_line(found, queue, type)
    with writing(services.engine) as session:
        add(session.connection(), found)
        for n in range(20):
            put_schedule(session, Schedule(name=f"schedule-{n}", type=TYPES[0], cron="0 3 * * *"), services.now_ms())
    waiting = bench.many(WAITING, 100)
    services.client.enqueue_many(Call(type, queue) for queue, type in (LINES[n % len(LINES)] for n in range(waiting)))
    recorder = Recorder(services.engine, services.links)
    while recorder.step(block_ms=1):
        pass
    recorder.tape.close()


def of_line(found: Amounts, queue: str, type: str) -> None:
    """All that can happen to jobs of a type."""
    count(found, "enqueued", queue, type, by=90_000)
    count(found, "started", queue, type, by=95_000)
    for end in ENDS:
        count(found, "finished", queue, type, end, by=30_000)
    for outcome in OUTCOMES:
        count(found, "attempts_finished", queue, type, outcome, by=16_000)
    for error_class in CLASSES:
        count(found, "attempt_errors", type, error_class, by=3_000)
    for name in ("rescued", "throttled"):
        count(found, name, queue, by=7)
    for name, labels in (("run_duration_seconds", (queue, type)), ("wait_duration_seconds", (queue,))):
        observe(found, name, *labels, value=3.0)
    observe(found, "total_duration_seconds", queue, value=9.0)
    observe(found, "payload_bytes", type, value=900.0)
