"""Searches by the one grammar: what Redis has no index of is found in the history."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from callboard.broker.client import Client
from callboard.history.database import Engine, connect
from callboard.history.recorder import Recorder
from callboard.history.schema import HISTORY
from callboard.history.search import running
from cli import asking
from tests.cli.conftest import Board, Command
from tests.jobs import make_call


@pytest.fixture
def history(callboard: Command, tmp_path: Path) -> Iterator[Engine]:
    """The history of the command's own database, empty."""
    url = f"sqlite:///{tmp_path / 'home' / 'callboard.db'}"
    HISTORY.upgrade(url)
    engine = connect(url)
    yield engine
    engine.dispose()


def record(board: Board, engine: Engine) -> None:
    """Record all that has happened."""
    recorder = Recorder(engine, board.client.links)
    while recorder.step(block_ms=1):
        pass
    recorder.tape.close()


def enqueue(board: Board, queue: str = "default", **options: Any) -> str:
    return board.client.enqueue(make_call(queue, **options))


def fail(board: Board, queue: str = "default", **options: Any) -> str:
    """A job that has failed for good."""
    id = enqueue(board, queue, **options)
    board.worker.fail(board.worker.take())
    return id


def found(callboard: Command, *words: str) -> list[str]:
    return [fields[0] for fields in callboard("ls", *words).lines()]


# S2.39
@pytest.mark.parametrize(
    "words",
    [
        ["args.paper_id:123"],
        ["tag:urgent"],
        ["meta.batch:7"],
        ["error:'on fire'", "state:failed"],
        ["error_class:permanent"],
        ["type:read,send", "-tag:other"],
        ["-queue:mail", "-version:>90", "-args.paper_id:5", "tag:urgent"],
        ["created:today", "tag:urgent"],
        ["age:<1h", "priority:high"],
        ["(tag:urgent OR tag:nothing)"],
        ["urgent"],
    ],
)
def test_ls_finds_by_whatever_is_recorded(board: Board, callboard: Command, history: Engine, words: list[str]) -> None:
    options: dict[str, Any] = {"kwargs": {"paper_id": 123}, "tags": ("urgent",), "meta": {"batch": 7}, "priority": 2}
    wanted = fail(board, type="read", **options)
    enqueue(board, type="write", tags=("other",))
    record(board, history)
    words = [word.replace("'", '"') for word in words]
    assert found(callboard, *words) == [wanted]


def test_a_job_that_redis_forgot_before_it_was_recorded_is_found(
    board: Board, callboard: Command, history: Engine
) -> None:
    fail(board)
    record(board, history)  # from now on Redis knows that there is a history
    gone = fail(board, kwargs={"paper_id": 123})
    board.client.remove(gone)
    record(board, history)
    assert found(callboard, "args.paper_id:123") == [gone]


def test_ls_prints_a_job_of_the_history_as_it_prints_one_of_redis(
    board: Board, callboard: Command, history: Engine
) -> None:
    id = fail(board, kwargs={"n": 5, "password": "hunter2"}, tags=("x",))
    record(board, history)
    (live,) = callboard("ls", id, "--json").json()["jobs"]
    (recorded,) = callboard("ls", "tag:x", "--json").json()["jobs"]
    assert recorded == live
    assert recorded["kwargs"]["password"] == "********"


def test_what_redis_has_forgotten_is_still_listed(board: Board, callboard: Command, history: Engine) -> None:
    gone, kept = fail(board), fail(board)
    record(board, history)
    board.client.remove(gone)
    for words in (["state:failed"], ["type:add"], [gone, "state:failed"], ["queue:default", "state:finished"]):
        assert gone in found(callboard, *words)
    assert found(callboard, "state:failed") == [kept, gone]
    assert found(callboard, "state:failed", "--limit", "1") == [kept]


def test_what_is_newer_in_redis_counts(board: Board, callboard: Command, history: Engine) -> None:
    id = fail(board)
    record(board, history)
    board.client.rerun(id)
    assert found(callboard, "state:failed") == []
    assert found(callboard, "type:add", "state:waiting") == []  # not recorded yet
    record(board, history)
    assert found(callboard, "type:add", "state:waiting") == [id]


def test_a_search_that_needs_the_history_says_how_to_make_one(callboard: Command, tmp_path: Path) -> None:
    answer = callboard("ls", "tag:x")
    assert answer.code == 4
    assert "run `callboard migrate`" in answer.err
    assert not (tmp_path / "home" / "callboard.db").exists()


def test_a_search_that_was_cut_says_so(
    board: Board, callboard: Command, history: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    enqueue(board)
    record(board, history)
    monkeypatch.setattr(running, "SECONDS", 0.0)
    monkeypatch.setattr(running, "SECONDS_AFTER", 0.0)
    answer = callboard("ls", "attempt:0", "--json")
    assert answer.json()["cut"] == "latest 0 searched; narrow by time"
    assert "narrow by time" in answer.err


@pytest.mark.parametrize("words", [["watch", "--times", "1", "tag:x"], ["events", "args.n:5"]])
def test_where_only_redis_can_be_asked_other_keys_are_refused(callboard: Command, words: list[str]) -> None:
    answer = callboard(*words)
    assert answer.code == 2
    assert "by state:, queue:, type: and ids only" in answer.err


def test_a_verb_is_done_to_the_jobs_that_a_search_finds(board: Board, callboard: Command, history: Engine) -> None:
    wanted = [enqueue(board, kwargs={"n": number}) for number in (5, 6)]
    other = enqueue(board, kwargs={"n": 7})
    record(board, history)
    assert [line[0] for line in callboard("cancel", "--where", "args.n:5,6", "--dry-run").lines()] == wanted
    assert callboard("cancel", "--where", "args.n:5,6", "--limit", "1", "--yes").lines() == [[wanted[0], "cancelled"]]
    assert (
        callboard("cancel", "--where", "args.n:5..7 -args.n:7", "--yes").code == 8
    )  # one of them was cancelled before
    assert [board.store.get(id).state for id in (*wanted, other)] == ["cancelled", "cancelled", "waiting"]


def test_a_search_takes_only_jobs_in_a_state_in_which_it_can_be_done(
    board: Board, callboard: Command, history: Engine
) -> None:
    failed, waiting = fail(board, tags=("x",)), enqueue(board, tags=("x",))
    record(board, history)
    assert callboard("retry", "--where", "tag:x", "--yes").lines() == [[failed, "waiting"]]
    assert board.store.get(waiting).version == 1
    answer = callboard("rm", "--where", "tag:x state:waiting", "--yes")
    assert answer.code == 4
    assert "cannot remove jobs that are waiting" in answer.err


def test_a_rate_spreads_the_jobs_over_time(board: Board, callboard: Command) -> None:
    ids = [enqueue(board) for _ in range(6)]
    assert len(callboard("cancel", "--where", "queue:default", "--rate", "100/s", "--yes").lines()) == len(ids)
    assert callboard("cancel", "--where", "queue:default", "--rate", "0", "--yes").code == 2


def test_ctrl_c_stops_between_two_batches(board: Board, callboard: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cli.in_batches.BATCH", 2)
    ids = [enqueue(board) for _ in range(5)]
    cancel = Client.cancel

    def and_interrupt(client: Client, *batch: str) -> list[str]:
        os.kill(os.getpid(), signal.SIGINT)
        return cancel(client, *batch)

    monkeypatch.setattr(Client, "cancel", and_interrupt)
    answer = callboard("cancel", "--where", "queue:default", "--yes")
    assert answer.code == 130
    assert len(answer.lines()) == 2
    assert "stopped before the last 3 jobs" in answer.err
    assert board.store.counts("default")["cancelled"] == 2
    assert len(ids) == 5


def test_many_refusals_are_counted(board: Board, callboard: Command) -> None:
    ids = [enqueue(board) for _ in range(30)]
    answer = callboard("rm", *ids, "--yes")
    assert answer.code == 4
    assert "and so for 10 more" in answer.err


@pytest.mark.parametrize(("typed", "code"), [("101", 0), ("100", 1), ("", 1), ("y", 1)])
def test_above_a_hundred_the_number_is_to_be_typed(
    board: Board, callboard: Command, monkeypatch: pytest.MonkeyPatch, typed: str, code: int
) -> None:
    board.client.enqueue_many(make_call() for _ in range(101))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr(asking.click, "prompt", lambda *_, **__: typed)
    assert callboard("cancel", "--where", "queue:default").code == code
    assert board.store.counts("default")["cancelled"] == (101 if code == 0 else 0)
