"""What an idle worker process with all the platform's queues asks of the server."""

from __future__ import annotations

import time
from collections import Counter

import redis

from benchmarks.bench import Bench, until
from callboard.jobs.settings import load_settings

WATCHED = 20.0
# What an idle worker sends; everything else is run by the scripts, for the server counts alike what both ask.
SENT = ("evalsha", "eval", "blpop")


def measure(bench: Bench) -> dict[str, float]:
    """Commands a second: those that the worker sends, and all that are run, within scripts too."""
    bench.empty()
    seconds = max(2.0, WATCHED * min(bench.scale, 1.0))
    with bench.workers("platform_queues"), bench.server() as server:
        workers = load_settings().prefix + ":workers"
        until(lambda: bool(server.zcard(workers)), "the worker is registered")
        time.sleep(2)
        before = _calls(server)
        time.sleep(seconds)
        calls = _calls(server) - before
    return {"idle_sent": sum(calls[kind] for kind in SENT) / seconds, "idle_run": calls.total() / seconds}


def _calls(server: redis.Redis) -> Counter[str]:
    """How often the server has run each kind of command, within scripts too, our own looking left out."""
    kinds = server.info("commandstats").items()
    return Counter({name.removeprefix("cmdstat_"): int(kind["calls"]) for name, kind in kinds if "info" not in name})
