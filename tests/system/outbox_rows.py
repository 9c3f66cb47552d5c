"""Faults between an SQL commit and the job: who writes, pushes or deletes is killed at any point of it."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Engine, select

from callboard.history.database import reading
from callboard.history.models import PositionRow
from callboard.history.outbox_relay import relay
from callboard.history.outbox_state import outbox_waiting
from callboard.jobs.identity import new_id
from tests.callboard.history.contention import contend, counted
from tests.jobs import Worker
from tests.postgres import running_postgres
from tests.system.history_rows import history, sqlite_url
from tests.system.rig import ROOT, Rig
from tests.system.row import Row, Tally
from tests.waiting import wait_until

UNCOMMITTED = ("outbox.asked", "outbox.written")
POINTS = (*UNCOMMITTED, "outbox.committed", "outbox.read", "outbox.pushed", "outbox.deleting", "outbox.deleted")
# Of a relay; the thread of the caller passes them too.
RELAYED = POINTS[3:]
# What a caller's death may delay its call by, in seconds.
MOST = 5.0


@dataclass(slots=True)
class Trials:
    """The callers of one database, and how many jobs there must be for each id."""

    rig: Rig
    engine: Engine
    callers: "subprocess.Popen[str]"
    tally: Tally
    expected: dict[str, int] = field(default_factory=dict)

    def task(self, id: str, row: str, **changes: Any) -> int:
        """How a caller ended."""
        task = {
            "database": self.engine.url.render_as_string(hide_password=False),
            "redis": self.rig.server.url,
            "id": id,
            "row": row,
            "failpoint": "",
            "pushes": False,
            "relays": False,
            "flow": False,
            "commits": True,
            **changes,
        }
        assert self.callers.stdin is not None
        assert self.callers.stdout is not None
        self.callers.stdin.write(json.dumps(task) + "\n")
        self.callers.stdin.flush()
        return int(self.callers.stdout.readline())

    def killed(self, point: str, n: int) -> None:
        """One caller, or the relay after it, is killed at a point; in every third trial the call is a flow."""
        id, row, kill = new_id(), f"row-{new_id()}", f"{point}:kill"
        flow = n % 3 == 2
        if point in RELAYED and n % 2:
            ended = self.task(id, row, flow=flow)
            ended = self.task(id, row, relays=True, failpoint=kill)
        else:
            ended = self.task(id, row, flow=flow, pushes=True, failpoint=kill)
        self.tally.expect(ended == -signal.SIGKILL, f"trial {n}: nobody was killed at {point}, it ended with {ended}")
        committed = self.is_there(row)
        self.tally.expect(committed == (point not in UNCOMMITTED), f"killed at {point}, committed {committed}")
        if point == "outbox.committed" and n % 2 and not flow:
            # The caller never heard of its commit, and tries again under the same id.
            self.drain()
            self.task(id, f"{row}-again")
        self.expected[id] = int(committed)
        self.drain()
        began = time.monotonic()
        relay(self.engine, self.rig.client)
        self.tally.worst = max(self.tally.worst, time.monotonic() - began)
        self.drain()
        self.tally.trials += 1

    def rolled_back(self) -> None:
        """A caller changes its mind."""
        id, row = new_id(), f"row-{new_id()}"
        self.task(id, row, commits=False, pushes=True)
        self.tally.expect(not self.is_there(row), "a row was committed by a rollback")
        self.expected[id] = 0
        self.tally.trials += 1

    def is_there(self, row: str) -> bool:
        """Whether the caller's own row is committed."""
        with reading(self.engine) as session:
            return session.execute(select(PositionRow.prefix).where(PositionRow.prefix == row)).first() is not None

    def drain(self) -> None:
        """Run what is there and forget it, as retention does in a busy queue: the worst that a second push can meet."""
        if ran := Worker(self.rig.links, "work").run_all():
            self.rig.client.remove(*ran)

    def left_to_the_schedulers(self, times: int) -> None:
        """Callers die right after their commit, and two schedulers push; one of these dies after its first push."""
        crew = [scheduler(self.rig, self.engine, FAILPOINT="outbox.pushed:kill"), scheduler(self.rig, self.engine)]
        waits: list[float] = []
        # Each of them may be the one that pushes, so go on until the one that is to die has pushed something.
        while len(waits) < times or (crew[0].poll() is None and len(waits) < times + 50):
            id = new_id()
            self.task(id, f"row-{id}", pushes=True, failpoint="outbox.committed:kill")
            began = time.monotonic()
            wait_until(partial(self.rig.store.find, id), seconds=30, what="a scheduler has pushed it")
            waits.append(time.monotonic() - began)
            self.expected[id] = 1
            self.drain()
            self.tally.trials += 1
        self.tally.expect(crew[0].poll() == -signal.SIGKILL, "the first scheduler was not killed")
        crew[1].terminate()
        crew[1].wait(10)
        # The first ones wait until the schedulers have started.
        waits = sorted(waits[2:])
        self.tally.worst = max(self.tally.worst, *waits)
        self.tally.notes.append(f"by schedulers in {waits[int(len(waits) * 0.95)]:.2f} s (p95)")
        self.tally.expect(waits[-1] < MOST, f"a scheduler took {waits[-1]:.1f} s")


def scheduler(rig: Rig, engine: Engine, **environ: str) -> "subprocess.Popen[bytes]":
    """A scheduler, which relays the outbox twice a second."""
    url = engine.url.render_as_string(hide_password=False)
    with (rig.folder / "scheduler.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "scheduler", "tests.system.fault_jobs"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=rig.environment(DATABASE_URL=url, INIT_SCHEDULED_JOBS="false", **environ),
            cwd=ROOT,
            start_new_session=True,
        )


@contextmanager
def callers(rig: Rig) -> Iterator["subprocess.Popen[str]"]:
    """The process that forks callers."""
    command = [sys.executable, "-m", "tests.system.outbox_caller"]
    with (rig.folder / "callers.log").open("wb") as errors:
        process = subprocess.Popen(
            command, stdin=-1, stdout=-1, stderr=errors, env=rig.environment(), cwd=ROOT, text=True
        )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def killed_around_the_commit(rig: Rig, size: int) -> Tally:
    """Callers and relays are killed at each point, on both databases; jobs are forgotten as soon as they have run."""
    tally, expected = Tally(), dict[str, int]()
    with callers(rig) as process, running_postgres() as server:
        for url in (sqlite_url(rig), server.url):
            with history(url) as engine:
                trials = Trials(rig, engine, process, tally, expected)
                for n in range(size):
                    trials.rolled_back()
                    for point in POINTS:
                        trials.killed(point, n)
                if engine.dialect.name == "sqlite":
                    trials.left_to_the_schedulers(2 + size)
                left = outbox_waiting(engine)
                tally.expect(left.waiting == 0, f"{left} is left in the outbox")
    compare(rig, tally, expected)
    return tally


def compare(rig: Rig, tally: Tally, expected: dict[str, int]) -> None:
    """Each commit has become one job that ran once, and nothing else has become one."""
    accepted = Counter(event["id"] for event in rig.events("job:added"))
    completed = Counter(event["id"] for event in rig.events("job:completed"))
    for found in (accepted, completed):
        tally.lost += sum(found[id] < number for id, number in expected.items())
        tally.duplicated += sum(found[id] > number for id, number in expected.items())
    strange = (accepted + completed).keys() - expected.keys()
    tally.expect(not strange, f"{len(strange)} jobs of nobody")
    commits = sum(expected.values())
    per_commit = sum(accepted[id] for id, number in expected.items() if number) / commits
    without = sum(accepted[id] for id, number in expected.items() if not number)
    tally.expect((tally.lost, tally.duplicated) == (0, 0), f"{tally.lost} lost, {tally.duplicated} doubled")
    tally.notes.append(f"{per_commit:.2f} jobs per commit of {commits}, {without} per {len(expected) - commits} others")
    broken = rig.broken_invariants()
    tally.expect(not broken, f"{len(broken)} broken invariants, e.g. {broken[:2]}")


def contended(rig: Rig, size: int) -> Tally:
    """Four processes read and then write, and beside two that write big batches; nobody is refused."""
    alone, beside = rig.folder / "alone", rig.folder / "beside"
    tally = Tally(trials=4 * size)
    for folder, work in (
        (alone, [("count", size)] * 4),
        (beside, [("batch", size // 10)] * 2 + [("count", size)] * 2),
    ):
        met = contend(folder, work)
        tally.expect(not met.errors, f"{len(met.errors)} refused, e.g. {met.errors[:1]}")
        counts = sum(times for kind, times in work if kind == "count")
        tally.lost += counts - counted(folder)
        tally.worst = max(tally.worst, met.share(1.0))
        tally.notes.append(f"{folder.name}: {met.rate:,.0f} tx/s, p99 {met.share(0.99) * 1000:.0f} ms")
    tally.expect(tally.lost == 0, f"{tally.lost} updates lost")
    return tally


ROWS = (
    Row("D1", "SQLite, four processes write", contended, 60, 600),
    Row("D3", "killed between SQL commit and job", killed_around_the_commit, 3, 100),
)
