"""How many failed jobs a second a bulk of 100,000 retries, and how long the server is held up by one batch."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

from benchmarks.bench import Bench
from benchmarks.jobs import QUEUE, Board, ours
from callboard.history.bulk import RETRY, act_of, run_bulk
from callboard.jobs.identity import new_id

BATCH = 500
FAILURE = json.dumps({"class": "bug", "type": "ValueError", "message": "row 7 is empty", "traceback": "x" * 1_000})


def measure(bench: Bench) -> dict[str, float]:
    """Jobs a second from the first batch of ids to the last word, and milliseconds of the longest batch."""
    bench.empty()
    board = ours(bench.url)
    ids = list(failed(board, bench.many(100_000)))
    act = act_of(board.broker.client, RETRY, new_id())
    began = told = time.perf_counter()
    longest = 0.0
    for _ in run_bulk(RETRY, [ids], act):
        now = time.perf_counter()
        longest, told = max(longest, now - told), now
    took = time.perf_counter() - began
    assert board.broker.store.counts(QUEUE)["waiting"] == len(ids)
    board.broker.close()
    return {"retry_bulk": len(ids) / took, "retry_batch": longest * 1000}


def failed(board: Board, count: int) -> Iterator[str]:
    """The ids of so many jobs that have failed for good, brought there by the verbs that a worker uses."""
    assert board.send_many is not None
    board.send_many(range(count))
    links = board.broker.links
    while True:
        _, *jobs = links.call(*links.script("fetch", "bench", new_id(), 60_000, BATCH, 0, QUEUE))
        if not jobs:
            return
        links.call(*links.script("fail", *(value for job in jobs for value in (job[0], job[1], FAILURE))))
        yield from (job[0] for job in jobs)
