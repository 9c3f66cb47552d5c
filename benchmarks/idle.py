"""What an idle worker process with all the platform's queues asks of the server."""

from __future__ import annotations

import time

import redis

from benchmarks.bench import Bench, until
from callboard.jobs.settings import load_settings

WATCHED = 20.0


def measure(bench: Bench) -> dict[str, float]:
    """Commands a second: those that the worker sends, and all that are run, within scripts too."""
    bench.empty()
    seconds = max(2.0, WATCHED * min(bench.scale, 1.0))
    with bench.workers("platform_queues"), bench.server() as server:
        workers = load_settings().prefix + ":workers"
        until(lambda: bool(server.zcard(workers)), "the worker is registered")
        time.sleep(2)
        sent, run = _sent(server), _run(server)
        time.sleep(seconds)
        sent, run = _sent(server) - sent, _run(server) - run - 2  # less our own CLIENT LIST and INFO
    return {"idle_sent": sent / seconds, "idle_run": run / seconds}


def _sent(server: redis.Redis) -> int:
    """Commands that clients other than us have sent."""
    mine = server.client_id()
    return sum(int(client["tot-cmds"]) for client in server.client_list() if int(client["id"]) != mine)


def _run(server: redis.Redis) -> int:
    """Commands that the server has run, counted by kind, those of scripts included."""
    return sum(int(kind["calls"]) for kind in server.info("commandstats").values())
