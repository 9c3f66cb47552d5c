"""How long searches in a history of a million jobs take, on SQLite and on PostgreSQL.

`python -m benchmarks.history_search [jobs]` prints the median and the 95th percentile of every search.
"""

from __future__ import annotations

import atexit
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from sqlalchemy import Engine

from benchmarks.bench import Bench
from benchmarks.history_jobs import FAULTS, MODELS, NEWEST_MS, PAPERS, QUEUES, TYPES, enqueued_ms, fill, ulid
from callboard.history.database import connect
from callboard.history.schema import HISTORY
from callboard.history.search.cursor import Cursor
from callboard.history.search.find import find
from callboard.history.search.grammar import parse
from tests.postgres import running_postgres

JOBS = 1_000_000
TIMES = 40
NOW_MS = NEWEST_MS + 3_600_000
Dice = random.Random
Ask = Callable[[Dice, int], str]

# By the figure: searches of this kind, each drawn anew every time it is asked.
SEARCHES: dict[str, tuple[Ask, ...]] = {
    "id": (lambda dice, count: f"id:{id_of(dice.randrange(count), count)}",),
    "indexed": (
        lambda *_: "state:failed",
        lambda dice, _: f"queue:{dice.choice(QUEUES)}",
        lambda dice, _: f"queue:{dice.choice(QUEUES)} state:failed",
        lambda dice, _: f"type:{dice.choice(TYPES)}",
        lambda dice, _: f"type:{dice.choice(TYPES)} state:failed,cancelled",
        lambda dice, _: f"user:user{dice.randrange(200)}@example.org",
        lambda dice, _: f"fingerprint:{dice.randrange(len(FAULTS)):016x}",
        lambda *_: "error_class:timeout",
        lambda *_: "schedule:daily_report",
        lambda dice, count: f"tag:batch-{dice.randrange(count // 1000)}",
        lambda *_: "tag:nightly",
        lambda dice, _: f"created:{day(dice)}",
        lambda dice, _: f"finished:{day(dice)}",
    ),
    "combined": (
        lambda dice, _: f"type:{dice.choice(TYPES)} user:user{dice.randrange(200)}@example.org state:completed",
        lambda dice, _: f"queue:{dice.choice(QUEUES)} state:failed created:{day(dice)}.. -error_class:bug",
        lambda dice, _: f"tag:nightly user:user{dice.randrange(200)}@example.org run:>30s",
        lambda dice, _: f"(type:{dice.choice(TYPES)} OR tag:batch-7) state:failed",
        lambda *_: "papers state:failed attempt:>=2",
    ),
    "args": (
        lambda dice, _: f"args.paper_id:{dice.randrange(PAPERS)}",
        lambda dice, _: f"args.paper_id:{dice.randrange(PAPERS)} state:failed",
        lambda dice, _: f"args.options.model:{dice.choice(MODELS)}",
        lambda dice, _: f"args.options.model:{dice.choice(MODELS)} args.options.depth:3 queue:{dice.choice(QUEUES)}",
        lambda dice, count: f"meta.batch:{dice.randrange(count // 500)}",
    ),
    "error": (
        lambda dice, _: f'error:"answered {dice.choice((404, 429, 500, 503))}"',
        lambda dice, count: f'error:"request {dice.randrange(count)}"',
    ),
    "scan": (lambda *_: "run:>10m", lambda *_: "args.paper_id:>499990", lambda *_: "-worker:host"),
}


def id_of(number: int, count: int) -> str:
    """The id of a job of the history."""
    return ulid(enqueued_ms(number, count), number)


def day(dice: Dice) -> str:
    """A day of the history."""
    return time.strftime("%Y-%m-%d", time.gmtime(NEWEST_MS / 1000 - dice.randrange(1, 29) * 86_400))


def measure(bench: Bench) -> dict[str, float]:
    """Milliseconds to the page, the 95th percentile; and microseconds that a new job's terms take the recorder."""
    figures: dict[str, float] = {}
    for name in ("sqlite", "postgresql"):
        engine, count, terms_us = history(name, bench.many(JOBS, least=5_000))
        figures[f"{name}_terms"] = terms_us
        for figure, times in all_times(engine, count, max(4, int(TIMES * min(1.0, bench.scale * 5)))).items():
            figures[f"{name}_{figure}"] = percentile(times, 95)
    return figures


@cache
def history(name: str, count: int) -> tuple[Engine, int, float]:
    """A history on one of the databases, made once and kept to the end; microseconds that the terms of a job took."""
    kept = ExitStack()
    atexit.register(kept.close)
    if name == "sqlite":
        folder = kept.enter_context(tempfile.TemporaryDirectory(prefix="callboard-history-"))
        url = f"sqlite:///{Path(folder) / 'history.db'}"
    else:
        url = kept.enter_context(running_postgres()).url
    print(f"  writing {count:,} jobs to {name}", file=sys.stderr, flush=True)
    HISTORY.upgrade(url)
    engine = connect(url)
    kept.callback(engine.dispose)
    return engine, count, fill(engine, count) / count * 1e6


def all_times(engine: Engine, count: int, times: int) -> dict[str, list[float]]:
    """For each kind of search, and for pages of all jobs, the milliseconds of so many."""
    dice = Dice(8)
    found: dict[str, list[float]] = {figure: [] for figure in ("page", "deep", *SEARCHES)}
    for _ in range(times):
        found["page"].append(milliseconds(engine, ""))
        found["deep"].append(milliseconds(engine, "", str(Cursor("o", count // 2))))
        for figure, asks in SEARCHES.items():
            found[figure] += [milliseconds(engine, ask(dice, count)) for ask in asks]
    return found


def milliseconds(engine: Engine, text: str, cursor: str | None = None) -> float:
    """From the text of a search to its page."""
    began = time.perf_counter()
    find(engine, parse(text, NOW_MS), cursor, now_ms=NOW_MS)
    return (time.perf_counter() - began) * 1000


def percentile(times: list[float], share: int) -> float:
    """The time that so many in a hundred do not exceed."""
    return statistics.quantiles(times, n=100, method="inclusive")[share - 1]


def main() -> None:
    """Print each search by itself."""
    count, dice = int(sys.argv[1]) if len(sys.argv) > 1 else JOBS, Dice(8)
    for name in ("sqlite", "postgresql"):
        engine, _, terms_us = history(name, count)
        print(f"\n{name}, {count:,} jobs; terms {terms_us:.0f} us a job\n{'p50 ms':>9}{'p95 ms':>9}")
        asked = [(lambda *_: "", None), (lambda *_: "", str(Cursor("o", count // 2)))]
        asked += [(ask, None) for asks in SEARCHES.values() for ask in asks]
        for ask, cursor in asked:
            texts = [ask(dice, count) for _ in range(TIMES)]
            milliseconds(engine, texts[0], cursor)
            times = [milliseconds(engine, text, cursor) for text in texts]
            shown = f"{texts[0] or 'all jobs'}{' from the middle on' if cursor else ''}"
            print(f"{percentile(times, 50):9.1f}{percentile(times, 95):9.1f}  {shown}", flush=True)


if __name__ == "__main__":
    main()
