"""How many bytes of the server a waiting job takes, and a finished one, beyond its payload and result."""

from __future__ import annotations

from benchmarks.bench import Bench, until
from benchmarks.jobs import QUEUE, fill, ours


def measure(bench: Bench) -> dict[str, float]:
    """Bytes a job: all that the server uses more, the events and the queue's own keys included."""
    bench.empty()
    count = bench.many(40_000, least=5_000)
    before = bench.used()
    fill(ours(bench.url), count)
    waiting = bench.used() - before
    board = ours(bench.url)
    with bench.workers("worker_ours"):
        until(lambda: board.broker.store.counts(QUEUE)["completed"] == count, f"{count} jobs are completed")
    board.broker.close()
    finished = bench.used() - before
    payload = sum(len(f"[{number}]") for number in range(count))
    result = payload - 2 * count
    return {"waiting_bytes": (waiting - payload) / count, "finished_bytes": (finished - payload - result) / count}
