"""How long a job waits for an idle worker: from before the call that enqueues it to its first line."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.bench import Bench, until
from benchmarks.jobs import Board, ours, stock

SHORTEST, LONGEST = 0.05, 0.3


def measure(bench: Bench) -> dict[str, float]:
    """Milliseconds, at random gaps so that no timer of the worker is met on purpose."""
    figures = {}
    for prefix, make, module, full in (("", ours, "worker_ours", 200), ("stock_", stock, "worker_stock", 60)):
        waits = _waits(bench, make, module, bench.many(full, least=10))
        figures[f"{prefix}latency_p50"] = statistics.median(waits)
        figures[f"{prefix}latency_p99"] = waits[min(len(waits) - 1, int(0.99 * len(waits)))]
    return figures


def _waits(bench: Bench, make: Callable[[str], Board], module: str, count: int) -> list[float]:
    bench.empty()
    board, stamps = make(bench.url), bench.folder / "stamps"
    with bench.workers(module):
        for number in range(-5, 0):  # until the worker has started and opened its connections
            board.stamp.send(number)
            until(lambda number=number: number in _began(stamps), "a job has run", 30)  # type: ignore[misc]
        sent = _send(board, count)
        until(lambda: len(_began(stamps)) == count + 5, f"{count} jobs have run", 30)
    board.broker.close()
    began = _began(stamps)
    return sorted((began[number] - at) / 1e6 for number, at in sent.items())


def _send(board: Board, count: int) -> dict[int, int]:
    """Enqueue jobs at random gaps; when each was enqueued."""
    gaps, sent = random.Random(count), {}
    for number in range(count):
        time.sleep(gaps.uniform(SHORTEST, LONGEST))
        sent[number] = time.time_ns()
        board.stamp.send(number)
    return sent


def _began(stamps: Path) -> dict[int, int]:
    if not stamps.exists():
        return {}
    lines = [line.split() for line in stamps.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return {int(number): int(at) for number, at in lines}
