"""`callboard stats`: the numbers of all queues together."""

from __future__ import annotations

from typing import Any

import click

from callboard.broker.presence import there
from callboard.jobs.states import STATES
from cli.output import Out
from cli.server import links, remote, settings, store
from cli.words import word


def numbers() -> dict[str, Any]:
    """Jobs by state, workers, slots, events, memory; without the last two over the API."""
    if far := remote():
        found: dict[str, Any] = far.api.get("/stats/overview")
        return found
    queues = [store().queue(name) for name in store().queues()]
    workers = [worker for worker in store().workers() if there(worker)]
    memory = links().call("INFO", "memory")
    used = next((line.split(":")[1] for line in str(memory).splitlines() if line.startswith("used_memory:")), "0")
    counts = {state: sum(queue.counts[state] for queue in queues) for state in STATES}
    return {
        "counts": counts,
        "queues": len(queues),
        "paused": [queue.name for queue in queues if queue.paused],
        "workers": len(workers),
        "slots": sum(int(worker.about.get("threads") or 0) for worker in workers),
        "busy": counts["active"],
        "events": store().event_count(),
        "events_cap": settings().events_cap,
        "memory_bytes": int(used),
    }


@word("stats", "callboard stats\ncallboard stats --json | jq .counts.waiting")
@click.pass_obj
def stats_command(out: Out) -> None:
    """Print how many jobs are in each state, how many workers run, and what the server holds."""
    found = numbers()

    def page() -> None:
        lines = [(state, f"{number:,}") for state, number in found["counts"].items()]
        lines += [("queues", f"{found['queues']:,}"), ("workers", f"{found['workers']:,}")]
        lines += [("slots", f"{found['busy']:,} of {found['slots']:,} busy")]
        if "memory_bytes" in found:
            lines += [("events", f"{found['events']:,}"), ("memory", f"{found['memory_bytes'] / 1e6:,.1f} MB")]
        for name, value in lines:
            out.line(f"{name:<10} {value}" if out.terminal else f"{name}\t{value}")

    out.page(found, page)
