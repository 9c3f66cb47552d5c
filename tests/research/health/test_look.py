"""The checks: each sees what it is there for, and says how to mend it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from callboard.broker import keys
from callboard.broker.link import Links
from callboard.history.database import connect, writing
from callboard.history.models import table_of
from callboard.history.outbox_models import OutboxRow
from callboard.history.schedule_models import ScheduleRow, TickRow
from research.health import server, stores
from research.health.check import FAIL, OK, WARN, Check, Place
from research.health.look import LOOKS, checks, health
from tests.jobs import Board, make_call

# What these checks ask of SQL is tested beside the SQL itself.
pytestmark = pytest.mark.parametrize("built", ["sqlite"], indirect=True)


@pytest.fixture
def board(valkey_url: str, prefix: str) -> Iterator[Board]:
    board = Board(valkey_url, prefix)
    yield board
    board.close()


@pytest.fixture
def place(engine: Engine, board: Board, tmp_path: Path) -> Place:
    """A platform with one worker that serves one queue, and nothing to do."""
    about = {"host": "elsewhere", "pid": 1, "threads": 5, "queues": ["default"]}
    board.worker.say("register", "worker-1", 10_000_000, json.dumps(about))
    return Place(board.links, engine, tmp_path, 100_000)


def found(place: Place) -> dict[str, Check]:
    return {check.name: check for check in checks(place)}


def test_all_is_well_where_nothing_is_wrong(place: Place) -> None:
    health_now = health(place)
    # The test holds the clock of the server in another year.
    wrong = {check.name: check.message for check in health_now.checks if check.level != OK}
    assert [*wrong] == ["clock skew"], wrong
    assert (health_now.healthy, health_now.level) == (True, WARN)
    assert {name.partition(" ")[0] for name in LOOKS} <= {check.name.partition(" ")[0] for check in health_now.checks}


# S1.39 S3.17
def test_the_answer_has_the_numbers_of_all_queues_and_of_each(place: Place, board: Board) -> None:
    board.client.enqueue_many([make_call(), make_call("other", delay=60.0)])
    board.advance(5_000)
    values = health(place).values()
    assert values["details"]["queueStatus"] == {
        "waiting": 1,
        "delayed": 1,
        "blocked": 0,
        "active": 0,
        "completed": 0,
        "failed": 0,
        "cancelled": 0,
    }
    default = values["details"]["queues"]["default"]
    assert (default["oldest_wait_ms"], default["workers"], default["paused"]) == (5_000, 1, False)
    assert json.loads(json.dumps(values)) == values


def test_jobs_that_nobody_takes_fail_and_paused_ones_warn(place: Place, board: Board) -> None:
    board.client.enqueue_many([make_call("nobody"), make_call("resting")])
    board.control.pause("resting")
    check = found(place)["waiting jobs"]
    assert (check.level, check.message) == (FAIL, "stuck in nobody, resting")
    board.control.pause("nobody")
    assert found(place)["waiting jobs"].level == WARN
    board.worker.say("deregister", "worker-1")
    assert found(place)["workers"].level == FAIL


def test_a_job_that_runs_over_its_time_and_one_of_a_dead_worker_are_seen(place: Place, board: Board) -> None:
    id = board.client.enqueue(make_call())
    board.hire("default", name="worker-2").take()
    assert found(place)["stuck jobs"].level == OK
    board.advance(25 * 3_600_000)
    seen = found(place)
    assert (seen["stuck jobs"].level, seen["leases"].level) == (WARN, FAIL)
    assert id in seen["stuck jobs"].message


def test_a_full_memory_a_full_stream_and_strange_entries_are_seen(
    place: Place, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server.startup, "memory_used", lambda links: (97, 100))
    board.client.enqueue_many(make_call() for _ in range(9))
    board.links.call("LPUSH", keys.QUARANTINE(board.prefix), "{}")
    seen = found(replace(place, events_cap=10))
    assert [seen[name].level for name in ("server memory", "event stream", "quarantine")] == [FAIL, WARN, WARN]


def test_a_write_leaves_nothing_behind_and_one_that_is_not_possible_is_seen(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(2):
        assert found(place)["write probe"].level == OK
    monkeypatch.setattr(stores, "SLOW_SECONDS", -1.0)
    assert found(place)["write probe"].level == WARN


def test_tables_that_are_not_there_are_told_by_every_check_that_needs_them(place: Place, tmp_path: Path) -> None:
    empty = connect(f"sqlite:///{tmp_path / 'empty.db'}")
    seen = found(replace(place, engine=empty))
    empty.dispose()
    assert {name for name, check in seen.items() if check.level == FAIL} == {
        *("tables", "write probe", "outbox", "recorder", "jobs in doubt", "scheduler", "conditions")
    }
    assert seen["tables"].fix == "run callboard migrate"


def test_a_server_that_is_away_is_a_finding_and_no_error(place: Place) -> None:
    away = Links("redis://127.0.0.1:1", place.links.scripts, place.links.prefix)
    health_now = health(replace(place, links=away))
    assert not health_now.healthy
    assert {"server", "workers", "leases"} <= {check.name for check in health_now.checks if check.level == FAIL}
    assert {check.level for check in health_now.checks if check.name in ("tables", "disk", "outbox")} == {OK}
    assert health_now.queues == {}


def test_calls_that_are_not_pushed_and_a_schedule_that_nobody_meets_are_seen(place: Place) -> None:
    row = {"kind": "call", "id": "x", "body": "{", "tries": 0, "retry_ms": 0}
    schedule: dict[str, Any] = {
        "name": "s",
        "type": "t",
        "cron": "@hourly",
        "zone": "UTC",
        "args": "[]",
        "kwargs": "{}",
    }
    schedule |= {"options": "{}", "on_missed": "latest", "cap": 1, "overlap": "allow", "source": "code"}
    schedule |= {"created_ms": 0, "changed_ms": 0, "next_ms": 1, "fired": 0, "passed": 0}
    with writing(place.engine) as session:
        session.execute(insert(table_of(OutboxRow)), {**row, "written_ms": 0})
        session.execute(insert(table_of(ScheduleRow)), schedule)
        session.execute(insert(table_of(TickRow)), {"name": "fire", "held_until_ms": 0, "due_ms": 0, "last_ms": 1})
    seen = found(place)
    assert [seen[name].level for name in ("outbox", "scheduler", "conditions")] == [FAIL, FAIL, WARN]
    assert "callboard scheduler" in seen["scheduler"].fix
    assert "a schedule is overdue" in seen["scheduler"].message
