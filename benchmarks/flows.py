"""How long it takes to start a large flow: a chain of 1,000 jobs, a group of 10,000."""

from __future__ import annotations

import time

from benchmarks.bench import Bench
from benchmarks.jobs import ours
from callboard.jobs.flow import Part, chain, group, plan


def measure(bench: Bench) -> dict[str, float]:
    """Milliseconds from the values to the answer of the server: planning, encoding, one script."""
    bench.empty()
    board = ours(bench.url)
    figures = {}
    for name, build, full in (("chain_1000", chain, 1_000), ("group_10000", group, 10_000)):
        calls = [board.noop.call(number) for number in range(bench.many(full))]
        began = time.perf_counter()
        parts: Part = build(*calls)
        board.broker.client.start_flow(plan(parts))
        figures[name] = (time.perf_counter() - began) * 1000
    board.broker.close()
    return figures
