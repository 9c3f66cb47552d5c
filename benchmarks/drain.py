"""How many no-op jobs a second one and two worker processes get through."""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks.bench import Bench, until
from benchmarks.jobs import Board, fill, ours, stock, ticks

FROM, TO = 0.1, 0.9


def measure(bench: Bench) -> dict[str, float]:
    """Jobs a second between a tenth and nine tenths of the jobs done."""
    figures = {}
    for processes in (1, 2):
        figures[f"drain_{processes}"] = _rate(bench, ours, "worker_ours", bench.many(40_000, least=4_000), processes)
        figures[f"stock_drain_{processes}"] = _rate(
            bench, stock, "worker_stock", bench.many(10_000, least=2_000), processes
        )
    return figures


def _rate(bench: Bench, make: Callable[[str], Board], module: str, count: int, processes: int) -> float:
    bench.empty()
    fill(make(bench.url), count)
    with bench.workers(module, processes):
        first, began = _reach(bench, count * FROM, processes)
        last, ended = _reach(bench, count * TO, processes)
        _reach(bench, count, processes)
    return (last - first) / (ended - began)


def _reach(bench: Bench, count: float, processes: int) -> tuple[int, float]:
    """Wait until so many jobs have run and every process has run one; how many there were then, and when."""
    until(lambda: len(ticks(bench.folder)) >= processes, f"{processes} processes have run a job")
    until(lambda: ticks(bench.folder).total() >= count, f"{count:g} jobs have run")
    return ticks(bench.folder).total(), time.perf_counter()
