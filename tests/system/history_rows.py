"""Faults of the history: the recorder killed anywhere, the database away, and a drain at full speed."""

import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from callboard.broker.keys import EVENTS
from callboard.broker.tape import START
from callboard.history import position
from callboard.history.database import connect
from callboard.history.models import AttemptRow, FailureGroupRow, FailureRow, JobRow, table_of
from callboard.history.schema import HISTORY
from callboard.jobs.record import Job
from tests.postgres import Postgres, running_postgres
from tests.system.rig import Rig, within
from tests.system.row import Row, Tally
from tests.waiting import wait_until

POINTS = ("recorder.read", "recorder.written", "recorder.committed")


@contextmanager
def history(url: str) -> Iterator[Engine]:
    """A database with all tables."""
    HISTORY.upgrade(url)
    engine = connect(url)
    try:
        yield engine
    finally:
        engine.dispose()


def sqlite_url(rig: Rig) -> str:
    return f"sqlite:///{rig.folder / 'history.db'}"


def recorder(rig: Rig, url: str, **environ: str) -> subprocess.Popen[bytes]:
    """One recorder process."""
    with (rig.folder / "recorder.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "callboard.history"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=rig.environment(DATABASE_URL=url, **environ),
            start_new_session=True,
        )


def _is_over(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(10)


def caught_up(rig: Rig, engine: Engine) -> bool:
    """Whether the newest event is recorded; not while the database is away."""
    last = rig.links.call("XREVRANGE", EVENTS(rig.links.prefix), "+", "-", "COUNT", 1)
    newest = last[0][0] if last else START
    try:
        with engine.connect().execution_options(reading=True) as connection:
            found = position.find(connection, rig.links.prefix)
            return found is not None and found.last_id == newest
    except SQLAlchemyError:
        return False


def compare(tally: Tally, rig: Rig, engine: Engine, ids: list[str]) -> None:
    """Everything that SQL holds against what Redis holds, and against the events, each of which counts once."""
    with engine.connect().execution_options(reading=True) as connection:
        rows = {row.id: row for row in connection.execute(select(table_of(JobRow)))}
        attempts = Counter(
            connection.execute(select(AttemptRow.job_id).where(AttemptRow.outcome.is_not(None))).scalars()
        )
        failures = Counter(connection.execute(select(FailureRow.job_id)).scalars())
        counted = connection.execute(select(func.sum(FailureGroupRow.failures))).scalar_one() or 0
    missing = [id for id in ids if id not in rows]
    tally.lost += len(missing)
    tally.expect(not missing, f"{len(missing)} jobs are not in SQL")
    jobs = {job.id: job for job in rig.jobs(ids)}
    wrong = [id for id in ids if id in rows and not _same(rows[id], jobs.get(id))]
    tally.expect(not wrong, f"{len(wrong)} rows are wrong, e.g. {[(rows[id], jobs.get(id)) for id in wrong[:1]]}")
    starts = Counter(event["id"] for event in rig.events("job:active"))
    tally.expect(attempts == starts, f"{starts.total()} attempts, {attempts.total()} recorded")
    faults = Counter(event["id"] for event in rig.events("job:retrying", "job:failed"))
    tally.duplicated += (failures - faults).total()
    tally.expect(failures == faults, f"{faults.total()} attempts failed, {failures.total()} are recorded")
    tally.expect(counted == faults.total(), f"{faults.total()} attempts failed, {counted} are counted in groups")


def _same(row: Any, job: Job | None) -> bool:
    """Whether a row is what Redis says, or where Redis has forgotten the job, whole."""
    if job is None:
        return row.state == "completed" and row.args == f"[{row.result}]" and row.run_ms is not None
    result = json.loads(row.result) if row.result else None
    told = (row.state, row.version, row.attempt, row.type, json.loads(row.args), result)
    return told == (job.state, job.version, job.attempt, job.type, job.args, job.result)


def full_speed(rig: Rig, size: int) -> Tally:
    """Jobs are drained at full speed while a recorder writes them into SQLite, then again into PostgreSQL."""
    tally = Tally(trials=2 * size)
    rig.hire(threads=8)
    rig.ready(1)
    with running_postgres() as postgres:
        for name, url in (("SQLite", sqlite_url(rig)), ("PostgreSQL", postgres.url)):
            with history(url) as engine:
                process = recorder(rig, url)
                wait_until(partial(caught_up, rig, engine), seconds=60, what="the recorder is at work")
                began = time.monotonic()
                ids = rig.start(rig.call("quick", n) for n in range(size))
                wait_until(
                    lambda: rig.store.counts("work")["active"] + rig.store.counts("work")["waiting"] == 0, seconds=120
                )
                drained = time.monotonic() - began
                wait_until(partial(caught_up, rig, engine), seconds=120, what="all is recorded")
                lag = time.monotonic() - began - drained
                stop(process)
                compare(tally, rig, engine, ids)
                tally.worst = max(tally.worst, lag)
                tally.notes.append(f"{name}: drained in {drained:.1f} s, all in SQL {lag:.1f} s later")
    return tally


def killed_anywhere(rig: Rig, size: int) -> Tally:
    """The recorder is killed at each point of a batch, again and again, while jobs run, retry and fail."""
    tally = Tally(trials=size)
    url = sqlite_url(rig)
    rig.hire()
    rig.ready(1)
    ids: list[str] = []
    with history(url) as engine:
        for trial in range(size):
            ids += rig.start(rig.call("flaky" if n % 2 else "hopeless", n) for n in range(10))
            point = POINTS[trial % len(POINTS)]
            process = recorder(rig, url, FAILPOINT=f"{point}:kill")
            killed = within(20, partial(_is_over, process))
            tally.expect(killed, f"the recorder was not killed at {point}")
            if not killed:
                stop(process)
        process = recorder(rig, url)
        tally.check(rig, ids)
        wait_until(partial(caught_up, rig, engine), seconds=30, what="all is recorded")
        stop(process)
        compare(tally, rig, engine, ids)
    return tally


def database_away(rig: Rig, size: int) -> Tally:
    """PostgreSQL is stopped, then SQLite locked, for `size` seconds while jobs finish: all is there afterwards."""
    tally = Tally(trials=2)
    rig.hire()
    rig.ready(1)
    with running_postgres() as postgres, history(postgres.url) as engine:
        _while_away(rig, tally, engine, postgres.url, stopped(postgres, size))
    url = sqlite_url(rig)
    with history(url) as engine:
        _while_away(rig, tally, engine, url, locked(url, size))
    return tally


@contextmanager
def stopped(postgres: Postgres, seconds: int) -> Iterator[None]:
    postgres.stop()
    until = time.monotonic() + seconds
    yield
    wait_until(lambda: time.monotonic() >= until, seconds=seconds + 5)
    postgres.start()


@contextmanager
def locked(url: str, seconds: int) -> Iterator[None]:
    engine = connect(url)
    until = time.monotonic() + seconds
    with engine.begin() as connection:
        connection.execute(text("UPDATE recorder_positions SET written_ms = 1"))
        yield
        wait_until(lambda: time.monotonic() >= until, seconds=seconds + 5)
    engine.dispose()


def _while_away(rig: Rig, tally: Tally, engine: Engine, url: str, away: AbstractContextManager[None]) -> None:
    process = recorder(rig, url)
    before = rig.start(rig.call("flaky", n) for n in range(20))
    wait_until(partial(caught_up, rig, engine), seconds=30, what="the recorder is at work")
    with away:
        ids = rig.start(rig.call("flaky" if n % 2 else "hopeless", n) for n in range(100))
        tally.expect(rig.settled(ids, 30), "jobs did not go on without the database")
    back_at = time.monotonic()
    wait_until(partial(caught_up, rig, engine), seconds=60, what="all is recorded")
    tally.worst = max(tally.worst, time.monotonic() - back_at)
    stop(process)
    compare(tally, rig, engine, [*before, *ids])


ROWS = (
    Row("H1", "a drain at full speed is recorded", full_speed, quick=1_000, full=10_000),
    Row("H2", "the recorder is killed at any point", killed_anywhere, quick=3, full=100),
    Row("D2", "the database is away while jobs finish", database_away, quick=3, full=30),
)
