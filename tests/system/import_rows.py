"""Imports that are killed, and files that are made to hurt: no row is lost or doubled, no neighbour is held up."""

from __future__ import annotations

import contextlib
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil
import xlsxwriter
from sqlalchemy import func, select

from actors.excel_import import excel_import
from callboard.history.database import reading
from research.datasets.models import DatasetEntryRow
from research.datasets.store import rows
from tests.platform_worker import Platform
from tests.research.sheets.bombs import REFUSED
from tests.system.rig import Rig
from tests.system.row import Row, Tally
from tests.waiting import wait_until

COLUMNS = 12
KILLS, FEW_KILLS, FULL = 5, 2, 100_000
PEAK_MB, BOMB_MB, BOMB_SECONDS = 200, 300, 10
# Beside a large workbook these say most with the least to build, and one of them runs in C for as long as it may.
FEW_BOMBS = ("far cell", "1,000:1 zip", "overlapping zip", "billion laughs")


def killed_at_random(rig: Rig, size: int) -> Tally:
    """An import is killed again and again, child and worker in turn, and after three crashes started again by hand."""
    tally, kills = Tally(trials=size), KILLS if size >= FULL else FEW_KILLS
    path = workbook(rig.folder / "rows.xlsx", size)
    seeded = random.Random(size)
    points = sorted(seeded.sample(range(size // 10, size * 9 // 10), kills))
    with deployment(rig) as platform:
        worker, peak, reruns = platform.hire(), 0, 0
        file = platform.files.put_path(path).reference
        began = time.monotonic()
        id = platform.client.enqueue(excel_import.call(file=file, table="rows", batch_size=50 if size >= FULL else 10))
        for number, point in enumerate(points):
            reruns += reached(platform, id, point)
            peak = max(peak, peak_mb(platform))
            if number % 2:
                platform.kill(worker)
                worker = platform.hire()
            else:
                child(platform).kill()
        reruns += reached(platform, id, size)
        job = platform.ended(id, seconds=300)
        tally.worst = time.monotonic() - began
        peak = max(peak, peak_mb(platform))
        check_rows(platform, tally, size, job.result if job.state == "completed" else {})
    tally.expect(job.state == "completed", f"the job is {job.state}")
    tally.expect(peak < PEAK_MB, f"the child took {peak} MB")
    tally.notes.append(f"killed {kills} times, run again by hand {reruns} times; the child took {peak} MB at most")
    return tally


def deployment(rig: Rig) -> Platform:
    """The platform on the server of the rig, with a short lease; its processes carry the mark of the rig."""
    return Platform(
        rig.folder / "platform",
        rig.server.url,
        CALLBOARD_LEASE="2s",
        FAULT_FOLDER=str(rig.folder),
        SHUTDOWN_TIMEOUT="3s",
    )


def workbook(path: Path, size: int) -> Path:
    """A workbook with so many rows of twelve columns: a number, words of their own, and readings."""
    seeded = random.Random(1)
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Readings")
        sheet.write_row(0, 0, ["id", "name", "remark", *(f"reading {n}" for n in range(COLUMNS - 3))])
        for number in range(size):
            words = [f"sample {number} of the anode side", f"cell {number % 97}"]
            sheet.write_row(number + 1, 0, [number, *words, *(seeded.random() for _ in range(COLUMNS - 3))])
    return path


def reached(platform: Platform, id: str, point: int) -> int:
    """Wait until so many rows are stored; how often the job had to be run again by hand for that."""
    reruns = 0

    def there() -> bool:
        nonlocal reruns
        if platform.store.get(id).state == "failed":
            reruns += 1
            platform.client.rerun(id)
        return stored(platform) >= point

    wait_until(there, seconds=300, every=0.01, what=f"{point} rows are stored")
    return reruns


def stored(platform: Platform) -> int:
    """How many rows the dataset has."""
    with reading(platform.engine) as session:
        return session.scalar(select(func.count()).select_from(DatasetEntryRow)) or 0


def children(platform: Platform) -> list[psutil.Process]:
    """The child processes of isolated types."""
    found = []
    for process in (below for worker in platform.workers for below in platform.processes(worker)):
        with contextlib.suppress(psutil.Error):
            if any("multiprocessing.spawn" in word for word in process.cmdline()):
                found.append(process)
    return found


def child(platform: Platform) -> psutil.Process:
    """The one that is there."""
    return wait_until(lambda: next(iter(children(platform)), None), what="a child runs") or psutil.Process()


def peak_mb(platform: Platform) -> int:
    """The most that a child of the platform has had resident, in MB."""
    peaks = [0]
    for process in children(platform):
        with contextlib.suppress(OSError, psutil.Error):
            status = Path(f"/proc/{process.pid}/status").read_text()
            peaks.append(int(status.partition("VmHWM:")[2].split()[0]) // 1024)
    return max(peaks)


def check_rows(platform: Platform, tally: Tally, size: int, result: dict[str, Any]) -> None:
    """Each row is there once, with its values, and was counted once."""
    seen = Counter(row["id"] for row in rows(platform.engine, "rows") if row["name"].startswith(f"sample {row['id']} "))
    tally.lost += sum(number not in seen for number in range(size))
    tally.duplicated += sum(count > 1 for count in seen.values())
    tally.expect((tally.lost, tally.duplicated) == (0, 0), f"{tally.lost} rows lost, {tally.duplicated} doubled")
    counts = tuple(result.get(name) for name in ("rows", "inserted", "updated", "skipped"))
    tally.expect(counts == (size, size, 0, 0), f"rows, inserted, updated, skipped were counted as {counts}")


def bombs(rig: Rig, size: int) -> Tally:
    """Each bomb is refused after one attempt, in bounded time and memory, and a neighbour is imported meanwhile."""
    tally = Tally(trials=size)
    names = FEW_BOMBS if size < len(REFUSED) else tuple(REFUSED)
    with deployment(rig) as platform:
        platform.hire()
        small = platform.files.put(b"id,name\n1,a\n2,b\n", "small.csv").reference
        platform.run(excel_import, file=small, table="first")
        for name in names:
            try_bomb(platform, tally, rig.folder, name, small)
    return tally


def try_bomb(platform: Platform, tally: Tally, folder: Path, name: str, small: str) -> None:
    """One bomb, and a neighbour in the same queue."""
    build, called, words = REFUSED[name]
    file = platform.files.put_path(build(folder / called)).reference
    for process in children(platform):
        Path(f"/proc/{process.pid}/clear_refs").write_text("5")  # Its peak is what it has now.
    began = time.monotonic()
    calls = [excel_import.call(file=file, table="bomb"), excel_import.call(file=small, table="neighbour")]
    ids = platform.client.enqueue_many(calls)
    bomb = platform.ended(ids[0], seconds=120)
    took, peak = time.monotonic() - began, peak_mb(platform)
    neighbour = platform.ended(ids[1])
    tally.worst = max(tally.worst, took)
    failure = platform.failure(bomb) if bomb.state == "failed" else {"class": bomb.state, "message": ""}
    refused = (failure["class"], bomb.attempt) == ("permanent", 1) and words in failure["message"]
    tally.expect(refused, f"{name}: {failure['class']} after {bomb.attempt} attempts: {failure['message'][:100]}")
    tally.expect(took <= BOMB_SECONDS, f"{name} took {took:.1f} s")
    tally.expect(peak <= BOMB_MB, f"{name} took {peak} MB")
    tally.expect(
        (neighbour.state, neighbour.attempt) == ("completed", 1), f"{name}: its neighbour is {neighbour.state}"
    )
    tally.notes.append(f"{name} {took:.1f} s {peak} MB")


ROWS = (
    Row("A4", "bombs among uploaded workbooks", bombs, len(FEW_BOMBS), len(REFUSED)),
    Row("I1", "an import is killed 5 times at random", killed_at_random, 1_000, FULL),
)
