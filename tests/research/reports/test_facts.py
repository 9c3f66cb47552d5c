"""What a report tells of a small history, and that it is written once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from callboard.history.database import reading, writing
from callboard.history.models import FailureGroupRow, FailureRow, JobRow, table_of
from research.reports.errors import UnknownReport
from research.reports.facts import gather
from research.reports.period import WEEKLY, period_of
from research.reports.store import find_report, is_stored, store_report
from tests.jobs import Board, make_call

WEEK = period_of(WEEKLY, "2026-W46", "UTC", datetime(2026, 11, 22, tzinfo=UTC))
JOB: dict[str, Any] = {"version": 1, "priority": 3, "attempt": 1, "attempts": 3, "crashes": 0, "fence": 1}


@pytest.fixture
def board(valkey_url: str, prefix: str) -> Any:
    board = Board(valkey_url, prefix)
    yield board
    board.close()


def ms(days: float) -> int:
    return WEEK.span.start_ms + round(timedelta(days=days).total_seconds() * 1000)


def add_jobs(engine: Engine) -> None:
    usual = {"queue": "q", "state": "completed", "wait_ms": 10, "run_ms": 500, "enqueued_ms": 0, "cost_usd": None}
    rows = [
        {"type": "a", "finished_ms": ms(0)},
        {"type": "a", "finished_ms": ms(6.99), "run_ms": 90_000, "cost_usd": 1.5},
        {"type": "b", "finished_ms": ms(3), "state": "failed"},
        {"type": "b", "finished_ms": ms(-1), "state": "failed"},
        {"type": "a", "finished_ms": ms(7)},
    ]
    with writing(engine) as session:
        session.execute(
            insert(table_of(JobRow)), [{"id": f"j{n}", **JOB, **usual, **row} for n, row in enumerate(rows)]
        )


def add_failures(engine: Engine) -> None:
    """One group that is new in the week, one that was resolved and came back, one that was there all the time."""
    groups = {
        "new": {"first_ms": ms(2), "status": "open", "status_ms": None},
        "back": {"first_ms": ms(-30), "status": "open", "status_ms": ms(4)},
        "old": {"first_ms": ms(-30), "status": "open", "status_ms": None},
        "solved": {"first_ms": ms(-30), "status": "resolved", "status_ms": ms(5)},
    }
    about = {"error_class": "bug", "error_type": "builtins.KeyError"}
    failure = {"attempt": 1, "fence": 1, "type": "b", "queue": "q", "final": True, "traceback": "", **about}
    group = {"frame": "", "failures": 1, "last_ms": ms(4), "sample_job": "j2", "types": '["b", "c"]', **about}
    with writing(engine) as session:
        for name, values in groups.items():
            row = {"fingerprint": name, "message": f"no key\n| {name}"}
            session.execute(insert(table_of(FailureGroupRow)), {**group, **row, **values})
            session.execute(insert(table_of(FailureRow)), {**failure, **row, "job_id": name, "at_ms": ms(4)})


def test_a_week_is_told_beside_the_one_before_it(engine: Engine, board: Board) -> None:
    add_jobs(engine)
    add_failures(engine)
    for _ in range(3):
        board.client.enqueue(make_call("mail"))
    board.advance(60_000)
    board.control.pause("mail")
    steps: list[tuple[float, str]] = []
    facts = gather(engine, board.store, WEEK, lambda done, of, step: steps.append((done / of, step)))
    assert facts["jobs"] == {
        "completed": 2,
        "failed": 1,
        "cancelled": 0,
        "before": {"completed": 0, "failed": 1, "cancelled": 0},
    }
    assert [(row["type"], row["failed"], row["run_p95"]) for row in facts["types"]] == [
        ("b", 1, "–"),
        ("a", 0, "1 min 30 s"),
    ]
    assert [row["completed"] for row in facts["days"]] == [1, 0, 0, 0, 0, 0, 1]
    assert [(row["failed"], row["share"], row["failed_share"]) for row in facts["days"]][3] == (1, 100, 100)
    assert (facts["slow"][0]["id"], facts["cost_usd"]) == ("j1", 1.5)
    found = {name: [row["message"] for row in facts["failures"][name]] for name in ("new", "returned")}
    assert found == {"new": ["no key / new"], "returned": ["no key / back"]}
    assert facts["failures"]["new"][0]["types"] == "b, c"
    (queue,) = facts["queues"]
    assert (queue["queue"], queue["waiting"], queue["paused"], queue["oldest"]) == ("mail", 3, True, "1 min")
    assert [share for share, _ in steps] == sorted(share for share, _ in steps)


def test_a_report_is_written_once_unless_it_is_to_be_made_again(engine: Engine, board: Board) -> None:
    facts = gather(engine, board.store, WEEK)
    with writing(engine) as session:
        assert store_report(session, WEEK, facts)
        assert not store_report(session, WEEK, {**facts, "parameters": 7})
    with reading(engine) as session:
        first = find_report(session, WEEK.id)
        assert is_stored(session, WEEK.id)
    assert (first.facts["parameters"], first.period) == (0, "2026-W46")
    with writing(engine) as session:
        assert store_report(session, WEEK, {**facts, "parameters": 7}, again=True)
    with reading(engine) as session:
        assert find_report(session, WEEK.id).facts["parameters"] == 7
        with pytest.raises(UnknownReport, match="daily_report:2026-01-01:UTC"):
            find_report(session, "daily_report:2026-01-01:UTC")
