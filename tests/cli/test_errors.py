"""errors: groups of failures, and what is done to them and their jobs."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from typing import Any

import pytest
from sqlalchemy import insert

from callboard.history.audit import audit_lines
from callboard.history.database import writing
from callboard.history.failure_groups import note_failures
from callboard.history.models import FailureRow
from cli import server
from cli.bulk import PerSecond
from cli.error_values import bars, percent
from tests.callboard.history.failing import failed, failure, finished
from tests.cli.conftest import Board, Command
from tests.jobs import make_call
from tests.waiting import wait_until


@pytest.fixture
def errors(board: Board, callboard: Command) -> Command:
    """The command with tables."""
    assert callboard("migrate").code == 0
    return callboard


def now() -> int:
    return time.time_ns() // 1_000_000


def fail_jobs(board: Board, count: int, message: str = "no answer in 3 s", **columns: Any) -> tuple[str, list[str]]:
    """Jobs that have failed for good, in Redis and in the history; their group and ids."""
    ids = board.client.enqueue_many(make_call(**columns) for _ in range(count))
    while jobs := board.worker.fetch(100):
        board.worker.fail(*jobs)
    rows = [failure(message, now(), job_id=id, type="add", queue="default") for id in ids]
    failed(server.database(), *rows)
    return rows[0]["fingerprint"], ids


def test_groups_are_listed_with_trend_share_and_counts(board: Board, errors: Command) -> None:  # S1.20
    finished(server.database(), 6, now() - 1_000, type="add")
    id, ids = fail_jobs(board, 2)
    fail_jobs(board, 1, "disk full")
    listed = errors("errors", "--json").json()
    assert listed["counts"] == {"open": 2, "ignored": 0, "resolved": 0}
    assert [row["message"] for row in listed["errors"]] == ["disk full", "no answer in <n>"]
    row = listed["errors"][1]
    assert (row["fingerprint"], row["failures"], row["types"], row["sample_job"]) == (id, 2, ["add"], ids[-1])
    assert (sum(row["trend"]), len(row["trend"]), round(row["share"], 3)) == (2, 24, 0.222)
    assert row["last_at"].endswith("Z")


def test_groups_are_chosen_and_sorted(board: Board, errors: Command) -> None:
    id, _ = fail_jobs(board, 2)
    other, _ = fail_jobs(board, 1, "disk full")
    assert errors("errors", "resolve", other).code == 0
    assert [fields[0] for fields in errors("errors", "ls").lines()] == [id]
    assert [fields[0] for fields in errors("errors", "--status", "resolved").lines()] == [other]
    assert [fields[0] for fields in errors("errors", "--status", "all", "--order", "count").lines()] == [id, other]
    assert errors("errors", "--type", "Add", "--class", "transient", "--ndjson").out.count("\n") == 1
    empty = errors("errors", "--type", "mail", "--json").json()
    assert empty["errors"] == []


def test_the_list_fits_a_terminal_of_80_columns(board: Board, errors: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_jobs(board, 3, "a very long message " * 20)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("FORCE_COLOR", "1")
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in errors("errors").out.splitlines()]
    assert lines[0].split() == ["Group", "Count", "Last", "Types", "Error"]
    assert max(map(len, lines)) <= 80


def test_a_group_is_shown_with_its_newest_failures(board: Board, errors: Command) -> None:
    id, ids = fail_jobs(board, 3)
    shown = errors("errors", "show", id[:5], "--json", "--limit", "2").json()
    assert (shown["fingerprint"], shown["failed_jobs"], len(shown["trend_days"])) == (id, 3, 14)
    assert [one["job"] for one in shown["newest"]] == ids[:0:-1] or len(shown["newest"]) == 2
    assert shown["frame"] == "actors/mail.py:send"
    page = errors("errors", "show", id)
    assert ("no answer in <n>" in page.out, "in send" in page.out, "Failed jobs" in page.out) == (True, False, True)
    assert "in send" in errors("errors", "show", id, "-v").out


@pytest.mark.parametrize("words", [["show"], ["retry"], ["discard"], ["resolve"], ["ignore"], ["assign"]])
def test_a_group_that_is_unknown_is_not_found(errors: Command, words: list[str]) -> None:
    answer = errors("errors", *words, "abcdef")
    assert (answer.code, answer.out) == (3, "")
    assert 'no group of failures begins with "abcdef"' in answer.err


def test_without_tables_it_says_what_to_run(callboard: Command) -> None:
    answer = callboard("errors")
    assert answer.code == 4
    assert "callboard migrate" in answer.err


def test_the_jobs_of_a_group_are_retried(board: Board, errors: Command) -> None:
    id, ids = fail_jobs(board, 7)
    fail_jobs(board, 2, "disk full")
    assert errors("errors", "retry", id, "--dry-run").lines() == [[one] for one in ids]
    assert errors("errors", "retry", id, "--dry-run", "--limit", "2", "--json").json() == {
        "jobs": [{"id": one} for one in ids[:2]]
    }
    first = errors("errors", "retry", id, "--limit", "3", "--json").json()
    counts = {"done": 3, "skipped": 0, "failed": 0, "forgotten": 0}
    assert first == {"fingerprint": id, "verb": "retry", **counts, "answers": {}, "stopped": False}
    answer = errors("errors", "retry", id)
    assert (answer.code, answer.err) == (0, "4 jobs retried, 3 skipped\n")
    assert board.store.counts("default")["waiting"] == 7


def test_jobs_that_redis_has_forgotten_are_retried_too(board: Board, errors: Command) -> None:
    id, ids = fail_jobs(board, 3)
    board.client.remove(ids[1])
    assert errors("errors", "retry", id, "--json").json()["done"] == 3
    assert [job.state if job else "" for job in board.store.find_many(ids)] == ["waiting"] * 3


def test_more_than_a_hundred_are_not_retried_without_a_word(board: Board, errors: Command) -> None:
    id, _ = fail_jobs(board, 101)
    answer = errors("errors", "retry", id)
    assert answer.code == 2
    assert "retry 101 jobs needs --yes" in answer.err
    assert errors("errors", "retry", id, "--limit", "100").code == 0
    assert errors("errors", "retry", id, "--yes", "--json").json()["done"] == 1


def test_jobs_that_were_refused_are_told_by_the_exit_code(board: Board, errors: Command) -> None:
    id, _ = fail_jobs(board, 1, unique="k")
    board.client.enqueue(make_call("elsewhere", unique="k"))
    answer = errors("errors", "retry", id)
    assert (answer.code, answer.err) == (4, "0 jobs retried, 1 refused\n")
    fail_jobs(board, 1)
    some = errors("errors", "retry", id, "--json")
    assert (some.code, some.json()["answers"]) == (8, {"HELD": 1})


def test_ctrl_c_stops_between_two_batches(board: Board, errors: Command) -> None:
    id, _ = fail_jobs(board, 6)

    def interrupt() -> None:
        wait_until(lambda: board.store.counts("default")["waiting"] > 0, seconds=20, what="a job is retried")
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    answer = errors("errors", "retry", id, "--rate", "2/s", "--json")
    thread.join()
    assert (answer.code, answer.json()["stopped"]) == (130, True)
    assert 1 <= answer.json()["done"] == board.store.counts("default")["waiting"] < 6


def test_the_jobs_of_a_group_are_discarded_and_the_group_resolved(board: Board, errors: Command) -> None:
    id, ids = fail_jobs(board, 3)
    board.client.remove(ids[0])
    assert errors("errors", "discard", id).code == 2
    answer = errors("errors", "discard", id, "--yes")
    assert (answer.code, answer.err) == (0, "2 jobs discarded, 1 forgotten\n")
    assert board.store.find_many(ids) == [None] * 3
    shown = errors("errors", "show", id, "--json").json()
    assert (shown["status"], shown["failed_jobs"], shown["failures"]) == ("resolved", 0, 3)
    assert errors("errors", "retry", id, "--json").json()["done"] == 0


def test_a_decision_is_answered_with_the_group_as_it_is_now(board: Board, errors: Command) -> None:
    id, _ = fail_jobs(board, 1)
    other, _ = fail_jobs(board, 1, "disk full")
    rows = errors("errors", "resolve", id, other[:6], "--json").json()["errors"]
    assert [(row["fingerprint"], row["status"]) for row in rows] == [(id, "resolved"), (other, "resolved")]
    assert errors("errors", "reopen", id, "--json").json()["errors"][0]["status"] == "open"
    (row,) = errors("errors", "ignore", id, "--for", "2h", "--json").json()["errors"]
    assert (row["status"], row["ignored_until"] is None) == ("ignored", False)
    (row,) = errors("errors", "ignore", id, "--json").json()["errors"]
    assert (row["status"], row["ignored_until"]) == ("ignored", None)
    assert errors("errors", "assign", id, "ann", "--json").json()["errors"][0]["assignee"] == "ann"
    assert errors("errors", "note", id, "ask the hoster", "--json").json()["errors"][0]["note"] == "ask the hoster"
    assert errors("errors", "assign", id, "--json").json()["errors"][0]["assignee"] is None
    answer = errors("errors", "resolve", id)
    assert (answer.out, answer.err) == ("", f"{id[:8]} is resolved: OSError: no answer in <n>\n")


def test_who_did_what_is_written_down(board: Board, errors: Command) -> None:
    id, _ = fail_jobs(board, 3)
    errors("errors", "retry", id, "--limit", "2")
    errors("errors", "assign", id, "ann")
    errors("errors", "discard", id, "--yes")
    lines = [(line.verb, line.subject, line.count, line.origin) for line in audit_lines(server.database())]
    assert lines == [
        (f"error.{verb}", id, count, "command line") for verb, count in (("discard", 1), ("assign", 1), ("retry", 2))
    ]


def test_a_group_resolved_in_the_command_opens_with_the_next_failure(board: Board, errors: Command) -> None:
    id, _ = fail_jobs(board, 1)
    errors("errors", "resolve", id)
    late = failure(at_ms=now() + 5_000, type="add")
    with writing(server.database()) as session:
        session.execute(insert(FailureRow), [late])
        assert note_failures(session.connection(), [late]).returned == [id]
    assert errors("errors", "--json").json()["counts"]["open"] == 1


@pytest.mark.parametrize(
    "words",
    [["ignore", "abcd", "--for", "1h", "--until", "2031-01-01"], ["retry", "abcd", "--rate", "0/s"], ["resolve"]],
)
def test_what_makes_no_sense_is_a_usage_error(errors: Command, words: list[str]) -> None:
    assert errors("errors", *words).code == 2


@pytest.mark.parametrize(("text", "rate"), [("50/s", 50), ("30/m", 0.5), ("7", 7), ("0.5", 0.5)])
def test_a_rate_is_so_many_a_second(text: str, rate: float) -> None:
    assert PerSecond().convert(text, None, None) == rate


def test_counts_become_bars_and_shares_percent() -> None:
    assert bars([0, 1, 4, 8]) == "·▁▄█"
    assert bars([0, 0]) == ""
    assert [percent(share) for share in (None, 0.0, 0.012, 0.5)] == ["", "0.0%", "1.2%", "50%"]
