"""What the doctor says of the history, and jobs in doubt that somebody retries."""

from __future__ import annotations

from typing import Any

import pytest

from callboard.broker import keys
from callboard.history.doubts import doubt_live_jobs
from callboard.history.reconciler import Reconciler
from callboard.history.recorder import Recorder
from cli import server
from tests.cli.conftest import Board, Command
from tests.jobs import make_call


def findings(callboard: Command) -> dict[str, Any]:
    return {finding["name"]: finding for finding in callboard("doctor", "--json").json()["findings"]}


def record() -> None:
    recorder = Recorder(server.database(), server.links())
    while recorder.step(block_ms=1):
        pass
    recorder.tape.close()


@pytest.fixture
def migrated(callboard: Command) -> None:
    callboard("migrate")


@pytest.mark.usefixtures("migrated")
def test_the_doctor_tells_how_far_the_history_is_behind(
    board: Board, callboard: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert findings(callboard)["recorder"]["found"] == "up to date"
    board.client.enqueue_many([make_call() for _ in range(3)])
    monkeypatch.setattr("research.health.history.LATE_SECONDS", -1.0)
    found = findings(callboard)["recorder"]
    assert found["ok"] is False
    assert found["found"].startswith("3 events behind, the oldest 0.")
    assert "callboard recorder" in found["fix"]
    monkeypatch.undo()


def test_the_doctor_says_when_redis_and_sql_were_compared(
    migrated: None, board: Board, callboard: Command, prefix: str
) -> None:
    board.client.enqueue(make_call())
    record()
    assert findings(callboard)["reconciler"]["found"] == "nothing was compared yet"
    Reconciler(server.database(), server.links()).round()
    assert findings(callboard)["reconciler"]["found"].endswith("ago: 1 checked")
    board.client.links.call("DEL", keys.EVENTS(prefix), keys.EPOCH(prefix))
    found = findings(callboard)["recorder"]
    assert (found["ok"], found["fix"]) == (False, "start one: callboard recorder")
    assert found["found"] == "Redis was emptied, replaced, or put back to a time before the last recorded event"


def test_a_job_in_doubt_is_found_by_the_doctor_and_comes_back_when_it_is_retried(
    migrated: None, board: Board, callboard: Command, prefix: str
) -> None:
    id = board.client.enqueue(make_call())
    record()
    with server.database().begin() as connection:
        assert doubt_live_jobs(connection) == 1
    board.client.links.call("DEL", keys.JOB(prefix, id))
    Reconciler(server.database(), server.links()).round()
    found = findings(callboard)["jobs in doubt"]
    assert (found["ok"], found["found"]) == (False, "1")
    assert board.store.find(id) is None
    assert callboard("retry", id, "--json").json()["jobs"] == [{"id": id, "ok": True, "result": "waiting"}]
    assert board.store.get(id).state == "waiting"
    record()
    assert findings(callboard)["jobs in doubt"]["ok"]


def test_a_job_that_nobody_knows_is_still_unknown(board: Board, callboard: Command) -> None:
    answer = callboard("retry", "01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2")
    assert answer.code == 3
    assert "is unknown" in answer.err
