"""Measure what a job costs, beside stock Dramatiq on the same server; exit code 1 when a goal is missed."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Sequence

from benchmarks import (
    bulk,
    dashboard,
    drain,
    enqueue,
    export,
    flows,
    history_search,
    idle,
    latency,
    live,
    memory,
    outbox,
    readers,
    retry,
    scrape,
)
from benchmarks.bench import benches
from benchmarks.goals import Row, judged
from benchmarks.table import table

MEASUREMENTS = {
    "enqueue": enqueue.measure,
    "drain": drain.measure,
    "latency": latency.measure,
    "memory": memory.measure,
    "idle": idle.measure,
    "flows": flows.measure,
    "retry": retry.measure,
    "bulk": bulk.measure,
    "outbox": outbox.measure,
    "search": history_search.measure,
    "export": export.measure,
    "live": live.measure,
    "scrape": scrape.measure,
    "readers": readers.measure,
    "dashboard": dashboard.measure,
}
QUICK = 0.02


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("only", nargs="*", help=f"what to measure: {', '.join(MEASUREMENTS)}; left out, all")
    parser.add_argument("--rounds", type=int, default=3, help="how often; the median counts (default 3)")
    parser.add_argument("--quick", action="store_true", help="one small round: does it all work? judges nothing")
    parser.add_argument("--persist", action="store_true", help="with the append-only file that our own server keeps")
    parser.add_argument("--json", action="store_true", help="print all rounds and verdicts as one JSON object")
    chosen = parser.parse_args(given)
    unknown = [name for name in chosen.only if name not in MEASUREMENTS]
    if unknown:
        parser.error(f'measurement "{unknown[0]}" is unknown; there are {", ".join(MEASUREMENTS)}')
    return chosen


def run(chosen: argparse.Namespace) -> list[dict[str, float]]:
    """The figures of each round."""
    rounds = []
    for turn in range(1, (1 if chosen.quick else chosen.rounds) + 1):
        figures: dict[str, float] = {}
        for name in chosen.only or MEASUREMENTS:
            print(f"round {turn}: {name}", file=sys.stderr, flush=True)
            with benches(QUICK if chosen.quick else 1.0, chosen.persist) as bench:
                figures |= MEASUREMENTS[name](bench)
        rounds.append(figures)
    return rounds


def main(given: Sequence[str] | None = None) -> int:
    """Measure and print; 1 when a goal is missed by more than noise."""
    logging.disable(logging.INFO)
    chosen = arguments(given)
    rounds = run(chosen)
    rows = judged(rounds, too_small=chosen.quick)
    print(_as_json(rounds, rows) if chosen.json else table(rows))
    return int(any(row.missed for row in rows))


def _as_json(rounds: list[dict[str, float]], rows: list[Row]) -> str:
    verdicts = {row.goal.figure: {"median": row.value, "stock": row.stock, "verdict": row.verdict} for row in rows}
    return json.dumps({"rounds": rounds, "figures": verdicts}, indent=1)


if __name__ == "__main__":
    sys.exit(main())
