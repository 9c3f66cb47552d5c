"""The scheduler as a process: how it starts, what it logs, what it survives, how it leaves."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from callboard.broker.embedded import Embedded, start_embedded
from callboard.history.database import connect, reading, writing
from callboard.history.schedules import list_schedules, put_schedule
from callboard.history.schema import HISTORY
from callboard.jobs.schedule import Schedule
from callboard.jobs.settings import environment_for_child
from tests.waiting import wait_until

Start = Callable[..., "Running"]
# It takes a second at most by itself; the rest is for a machine that is busy with other tests.
SOON = 4.0


class Running:
    """A scheduler process with its log."""

    def __init__(self, process: "subprocess.Popen[bytes]", log: Path) -> None:
        self.process = process
        self.log = log

    def lines(self) -> list[dict[str, Any]]:
        """What it has logged, a JSON object each."""
        whole = self.log.read_bytes().rpartition(b"\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def said(self, words: str) -> bool:
        """Whether a line with these words is there."""
        return any(words in line["message"] for line in self.lines())

    def wait_for(self, words: str, seconds: float = 20.0) -> None:
        """Wait until a line with these words is there."""
        wait_until(lambda: self.said(words), seconds=seconds, what=f"the log says {words!r}: {self.log.read_text()}")

    def stop(self) -> float:
        """Ask it to go; the seconds until it was gone."""
        began = time.monotonic()
        self.process.terminate()
        assert self.process.wait(10) == 0
        return time.monotonic() - began


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Embedded]:
    """A server that the test may stop."""
    with start_embedded(tmp_path / "valkey") as server:
        yield server


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with all tables."""
    url = f"sqlite:///{tmp_path / 'callboard.db'}"
    HISTORY.upgrade(url)
    return url


@pytest.fixture
def start(server: Embedded, url: str, tmp_path: Path) -> Iterator[Start]:
    """Starts schedulers that do not outlive the test."""
    running: list[Running] = []

    def start(*arguments: str, **environ: str) -> Running:
        log = tmp_path / f"scheduler-{len(running)}.log"
        variables = {"REDIS_URL": server.url, "DATABASE_URL": url, "LOG_FORMAT": "json", "REDIS_TIMEOUT": "5s"}
        own = {**variables, "FAULT_FOLDER": str(tmp_path), **environ}
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "scheduler", *(arguments or ("tests.system.fault_jobs",))],
                stdout=output,
                stderr=output,
                env=environment_for_child(**own),
            )
        running.append(Running(process, log))
        return running[-1]

    yield start
    for one in running:
        one.process.send_signal(signal.SIGCONT)
        one.process.kill()
        one.process.wait()


def put(url: str, schedule: Schedule) -> None:
    engine = connect(url)
    with writing(engine) as session:
        put_schedule(session, schedule, round(time.time() * 1000), seconds=True)
    engine.dispose()


def each_second(**given: Any) -> Schedule:
    return Schedule("each-second", "noted", "* * * * * *", args=(1,), on_missed="all", **given)


def names(url: str) -> set[str]:
    engine = connect(url)
    with reading(engine) as session:
        found = {status.schedule.name for status in list_schedules(session)}
    engine.dispose()
    return found


def test_it_logs_json_lines_and_leaves_at_once_when_told(start: Start) -> None:
    scheduler = start()
    scheduler.wait_for("looks after the schedules")
    assert scheduler.stop() < SOON
    assert all({"time", "level", "logger", "message", "pid"} <= line.keys() for line in scheduler.lines())
    assert scheduler.said("has stopped")


# S2.11
@pytest.mark.parametrize(("wish", "made"), [("true", 4), ("false", 0)])
def test_it_makes_the_timetable_at_start_when_the_settings_say_so(start: Start, url: str, wish: str, made: int) -> None:
    scheduler = start(INIT_SCHEDULED_JOBS=wish)
    scheduler.wait_for("looks after the schedules")
    assert len(names(url)) == made


def test_a_schedule_that_is_put_there_meanwhile_is_met_within_seconds(start: Start, url: str) -> None:
    scheduler = start(INIT_SCHEDULED_JOBS="false")
    scheduler.wait_for("looks after the schedules")
    put(url, each_second())
    scheduler.wait_for("schedule each-second fired", seconds=4.0)


def test_it_leaves_in_time_although_the_server_stands_still(start: Start, server: Embedded, url: str) -> None:
    put(url, each_second())
    scheduler = start(INIT_SCHEDULED_JOBS="false")
    scheduler.wait_for("schedule each-second fired")
    os.kill(server.pid, signal.SIGSTOP)
    try:
        before = len(scheduler.lines())
        wait_until(lambda: len(scheduler.lines()) > before or scheduler.process.poll() is not None, seconds=15)
        assert scheduler.stop() < SOON
    finally:
        os.kill(server.pid, signal.SIGCONT)


def test_it_waits_for_a_server_that_comes_back_and_makes_what_was_due(
    start: Start, server: Embedded, url: str, tmp_path: Path
) -> None:
    put(url, each_second())
    scheduler = start(INIT_SCHEDULED_JOBS="false")
    scheduler.wait_for("schedule each-second fired")
    port = server.port
    os.kill(server.pid, signal.SIGTERM)
    scheduler.wait_for("fire failed")
    wait_until(lambda: not server.is_alive())
    server.stop()
    with start_embedded(tmp_path / "valkey", port=port):
        scheduler.wait_for("fire works again")
        assert scheduler.stop() < SOON
    engine = connect(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT planned_ms, state FROM schedule_firings ORDER BY planned_ms")).all()
    engine.dispose()
    assert {after.planned_ms - before.planned_ms for before, after in pairwise(rows)} == {1000}
    assert {row.state for row in rows[:-1]} == {"fired"}


def test_it_waits_for_a_database_that_is_held_and_goes_on(start: Start, url: str) -> None:
    put(url, each_second())
    scheduler = start(INIT_SCHEDULED_JOBS="false")
    scheduler.wait_for("schedule each-second fired")
    engine = connect(url)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE schedules RENAME TO away"))
    scheduler.wait_for("fire failed")
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE away RENAME TO schedules"))
    engine.dispose()
    scheduler.wait_for("fire works again")
    assert sum("fire failed" in line["message"] for line in scheduler.lines()) == 1


def test_it_waits_at_its_start_until_the_server_is_there(start: Start, server: Embedded, tmp_path: Path) -> None:
    port = server.port
    server.stop()
    scheduler = start()
    scheduler.wait_for("waits: ")
    assert scheduler.process.poll() is None
    with start_embedded(tmp_path / "valkey", port=port):
        scheduler.wait_for("looks after the schedules")
        scheduler.stop()


def test_without_tables_it_says_what_to_run(start: Start, tmp_path: Path) -> None:
    scheduler = start(DATABASE_URL=f"sqlite:///{tmp_path / 'empty.db'}")
    assert scheduler.process.wait(20) == 2
    assert scheduler.said("callboard migrate")


def test_an_unknown_module_is_told(start: Start) -> None:
    scheduler = start("no_such_module")
    assert scheduler.process.wait(20) == 2
    assert "no_such_module" in scheduler.log.read_text()
