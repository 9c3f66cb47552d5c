"""A history of many jobs: rows as the recorder writes them, in a database of the benchmark's own."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, insert, text

from callboard.history.models import JobRow, table_of
from callboard.history.search.term_index import index_terms
from callboard.jobs.identity import ALPHABET

JOBS = table_of(JobRow)
COLUMNS = [column.name for column in JOBS.columns if column.name != "number"]
BATCH = 5_000
QUEUES = [f"queue-{letter}" for letter in "abcdefghij"]
NOUNS = ("papers", "tables", "mails", "models", "files", "rows", "plots", "texts", "units", "pages")
TYPES = [f"{verb}_{noun}" for verb in ("read", "check", "send", "train", "clean") for noun in NOUNS]
MODELS = ("small", "large", "fast", "exact", "old", "new", "local", "remote")
FAULTS = [
    f"{place} answered {code} after {tries} tries"
    for place in ("store", "provider", "mail server")
    for code in (404, 429, 500, 503)
    for tries in range(1, 9)
]
CLASSES = ("transient", "timeout", "permanent", "bug")
NEWEST_MS = 1_767_000_000_000
SPAN_MS = 30 * 86_400_000
PAPERS = 500_000


def rows(count: int) -> Iterator[dict[str, Any]]:
    """So many finished jobs of thirty days, oldest first: 10 queues, 50 types, one in twenty has failed."""
    dice = random.Random(4)
    for number in range(count):
        yield row(number, enqueued_ms(number, count), dice)


def enqueued_ms(number: int, count: int) -> int:
    """When job number so many of so many was enqueued."""
    return NEWEST_MS - SPAN_MS + number * SPAN_MS // count


def row(number: int, at_ms: int, dice: random.Random) -> dict[str, Any]:
    """One job, enqueued at this time."""
    kind, wait, run = dice.randrange(50), dice.randrange(60_000), int(dice.expovariate(1 / 8_000))
    user, again = f"user{number % 200}@example.org", number % 9 == 0
    options = f'{{"model":"{MODELS[number % 8]}","depth":{number % 10}}}'
    values = {
        "id": ulid(at_ms, number),
        "type": TYPES[kind],
        "queue": QUEUES[kind % 10],
        "state": "completed",
        "version": 3,
        "attempt": 1 + again,
        "fence": 1 + again,
        "enqueued_ms": at_ms,
        "started_ms": at_ms + wait,
        "finished_ms": at_ms + wait + run,
        "wait_ms": wait,
        "run_ms": run,
        "cost_usd": 0.001 * kind if kind < 5 else None,
        "worker": f"host-{number % 7}-{number % 13:06d}",
        "user": user if number % 3 else None,
        "schedule": "daily_report" if number % 50 == 0 else None,
        "flow": ulid(at_ms - at_ms % 60_000, number // 10) if number % 100 < 10 else None,
        "tags": f'["nightly","batch-{number // 1000}"]' if number % 4 == 0 else None,
        "meta": f'{{"user":"{user}","batch":{number // 500}}}' if number % 3 else None,
        "kwargs": f'{{"paper_id":{number * 7919 % PAPERS},"options":{options}}}',
        "result": f'{{"pages":{number % 40},"words":{number % 9000},"file":"results/{number:08d}.json"}}',
    }
    return blank() | values | (failed(number, dice) if number % 20 == 7 else {})


def blank() -> dict[str, Any]:
    """All columns of a row but its number."""
    return dict.fromkeys(COLUMNS) | {"priority": 3, "attempts": 3, "crashes": 0}


def failed(number: int, dice: random.Random) -> dict[str, Any]:
    """What a failed job has instead."""
    fault = dice.randrange(len(FAULTS))
    error = {"error_class": CLASSES[fault % 4], "error_type": "OSError", "fingerprint": f"{fault:016x}"}
    return error | {"state": "failed", "error_message": f"{FAULTS[fault]}: request {number}", "result": None}


def ulid(at_ms: int, number: int) -> str:
    """An id of this time, the same in every run."""
    value = at_ms << 80 | number * 2_654_435_761 % (1 << 80)
    return "".join(ALPHABET[value >> shift & 31] for shift in range(125, -5, -5))


def fill(engine: Engine, count: int) -> float:
    """Write so many jobs in transactions of 5,000; seconds spent on their terms."""
    spent, batch = 0.0, []
    for number, job in enumerate(rows(count), 1):
        batch.append(job)
        if len(batch) == BATCH or number == count:
            spent += write(engine, batch)
            batch = []
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))  # which its own daemon does within minutes
    return spent


def write(engine: Engine, batch: Sequence[dict[str, Any]]) -> float:
    """One transaction; the seconds that the terms took."""
    with engine.begin() as connection:
        write_rows(connection, batch)
        began = time.perf_counter()
        index_terms(connection, batch)
        return time.perf_counter() - began


def write_rows(connection: Connection, batch: Sequence[dict[str, Any]]) -> None:
    """The rows without their terms, in the fastest way there is."""
    if connection.dialect.name == "sqlite":
        connection.execute(insert(JOBS), list(batch))
        return
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(f"COPY background_jobs ({names}) FROM STDIN") as copy:
        for job in batch:
            copy.write_row([job[name] for name in COLUMNS])
