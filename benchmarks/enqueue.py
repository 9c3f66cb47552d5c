"""How many jobs a second one producer can enqueue: one call each, and in bulk."""

from __future__ import annotations

import time
from collections.abc import Callable

from benchmarks.bench import Bench
from benchmarks.jobs import Board, ours, stock

BATCH = 500


def measure(bench: Bench) -> dict[str, float]:
    """Jobs a second; the first hundred are not timed."""
    one, bulk, stock_one = bench.many(10_000), bench.many(40_000), bench.many(6_000)
    figures = {"enqueue_one": _rate(bench, ours, lambda board: _one_by_one(board, one))}
    figures["enqueue_bulk"] = _rate(bench, ours, lambda board: _in_bulk(board, bulk))
    figures["stock_enqueue_one"] = _rate(bench, stock, lambda board: _one_by_one(board, stock_one))
    return figures


def _rate(bench: Bench, make: Callable[[str], Board], send: Callable[[Board], int]) -> float:
    bench.empty()
    board = make(bench.url)
    for number in range(100):
        board.noop.send(number)
    began = time.perf_counter()
    sent = send(board)
    took = time.perf_counter() - began
    board.broker.close()
    return sent / took


def _one_by_one(board: Board, count: int) -> int:
    for number in range(count):
        board.noop.send(number)
    return count


def _in_bulk(board: Board, count: int) -> int:
    assert board.send_many is not None
    for first in range(0, count, BATCH):
        board.send_many(range(first, min(first + BATCH, count)))
    return count
