"""How long exports of a million rows take, and whether their memory grows with the rows.

`python -m benchmarks.export [rows]` prints every form, on SQLite and on PostgreSQL.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert

from benchmarks.bench import ROOT, Bench
from callboard.history.database import connect
from research.datasets.models import DatasetEntryRow, DatasetRow
from research.exports.produce import Order, Place, produce
from research.files import FileStore
from research.models import now
from research.schema import RESEARCH
from tests.postgres import running_postgres

ROWS = 1_000_000
BATCH = 10_000
FORMS = ("csv", "json", "ndjson", "excel", "backup")
COLUMNS = ("sample", "voltage", "current", "note", "ok", "day")
Figures = dict[str, float]


def measure(bench: Bench) -> Figures:
    """Rows a second of each form; peak memory of the largest, and how much of it a tenth of the rows takes."""
    return measured(bench.many(ROWS, least=5_000))


@cache
def measured(rows: int) -> Figures:
    """The figures on SQLite: once, however many rounds there are, for excel takes its minutes."""
    with database("sqlite", rows) as url, database("sqlite", rows // 10) as tenth:
        few, many = exported(tenth, *FORMS), exported(url, *FORMS)
    rates = {f"export_{form}": rows / many[f"{form}_seconds"] for form in FORMS}
    return {**rates, "export_peak_mb": many["peak_mb"], "export_growth": many["peak_mb"] / few["peak_mb"]}


@contextmanager
def database(name: str, rows: int) -> Iterator[str]:
    """The URL of a database with a dataset of so many rows."""
    with ExitStack() as kept:
        if name == "sqlite":
            folder = kept.enter_context(tempfile.TemporaryDirectory(prefix="callboard-export-"))
            url = f"sqlite:///{Path(folder) / 'callboard.db'}"
        else:
            url = kept.enter_context(running_postgres()).url
        print(f"  writing {rows:,} rows to {name}", file=sys.stderr, flush=True)
        RESEARCH.upgrade(url)
        engine = connect(url)
        fill(engine, rows)
        engine.dispose()
        yield url


def fill(engine: Engine, rows: int) -> None:
    """Write a dataset `cells` with six columns."""
    with engine.begin() as connection:
        at = now()
        about = {"name": "cells", "keys": ["sample"], "columns": list(COLUMNS), "created_at": at, "updated_at": at}
        connection.execute(insert(DatasetRow), about)
        for start in range(0, rows, BATCH):
            numbers = range(start, min(start + BATCH, rows))
            entries = [{"dataset": "cells", "key": f"[{n}]", "values": values(n), "updated_at": at} for n in numbers]
            connection.execute(insert(DatasetEntryRow), entries)


def values(number: int) -> dict[str, Any]:
    """One row: numbers of several kinds, a text that looks like a formula, one that repeats."""
    note = f"=cell {number % 977}, anode µ{number}"
    row = (number, number % 1000 / 997, -number / 7919, note, number % 3 == 0, f"2026-11-{number % 28 + 1:02}")
    return dict(zip(COLUMNS, row, strict=True))


def exported(url: str, *forms: str) -> Figures:
    """Seconds and size of exports, one after the other in a process of their own, and its peak memory in MB."""
    command = [sys.executable, "-m", "benchmarks.export", "--here", url, *forms]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), stdout=subprocess.PIPE, check=True)
    figures: Figures = json.loads(done.stdout)
    return figures


def here(url: str, *forms: str) -> Figures:
    """Export in this process, as the job does, and say what it took."""
    figures: Figures = {}
    engine = connect(url)
    for form in forms:
        with tempfile.TemporaryDirectory(prefix="callboard-export-") as name:
            began = time.perf_counter()
            size = export(engine, form, Path(name))
            figures |= {f"{form}_seconds": time.perf_counter() - began, f"{form}_mb": size / 1e6}
    engine.dispose()
    return figures | {"peak_mb": peak_mb()}


def peak_mb() -> float:
    """The most memory that this process has had; its `ru_maxrss` would be that of the process that started it, too."""
    (line,) = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


def export(engine: Engine, form: str, folder: Path) -> int:
    """One export into a folder; the size of the file."""
    order = Order("full_backup") if form == "backup" else Order("dataset", form, table="cells")
    with (folder / "export").open("wb") as target:
        produce(engine, order, Place(target, folder, FileStore(folder)), lambda *_: None)
    return (folder / "export").stat().st_size


def main() -> None:
    """Print each form on each database: a tenth of the rows, then all of them."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    for name in ("sqlite", "postgresql"):
        for count in (rows // 10, rows):
            with database(name, count) as url:
                print(f"\n{name}, {count:,} rows\n{'':10}{'seconds':>9}{'peak MB':>9}{'file MB':>9}")
                for form in FORMS:
                    found = exported(url, form)
                    taken = (found[f"{form}_seconds"], found["peak_mb"], found[f"{form}_mb"])
                    print(f"{form:10}" + "".join(f"{figure:9.1f}" for figure in taken), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--here"]:
        print(json.dumps(here(*sys.argv[2:])))
    else:
        main()
