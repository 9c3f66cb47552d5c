"""Conditions of the engine itself."""

from __future__ import annotations

import pytest

from callboard.broker.gauges import UNLIMITED_MS
from callboard.history.database import writing
from callboard.history.models import PositionRow
from research.notifications import engine_conditions
from research.notifications.attention import attention
from research.notifications.finding import Finding
from research.notifications.services import Services
from tests.callboard.history.failing import failure, record
from tests.jobs import Board


def looked(services: Services, board: Board) -> list[Finding]:
    return attention(board.store, services.engine)


def test_a_job_that_runs_on_after_its_time_is_stuck(services: Services, board: Board) -> None:
    id = board.enqueue("mail", timeout=60.0)
    worker = board.hire("mail", name="worker-1")
    taken = worker.take()
    board.advance(UNLIMITED_MS)
    worker.renew(taken)

    (finding,) = [one for one in looked(services, board) if one.rule == "stuck"]

    assert (finding.subject, finding.count, finding.query) == ("mail", 1, f"id:{id}")


def test_a_kind_of_failure_is_new_for_a_day(services: Services, board: Board) -> None:
    record(services.engine, failure("new", board.now - 3_600_000), failure("new", board.now - 1_000))
    record(services.engine, failure("known for long", board.now - 3 * 86_400_000))

    (finding,) = looked(services, board)

    assert (finding.rule, finding.count, finding.since_ms) == ("new_error", 2, board.now - 3_600_000)
    assert finding.cause == "OSError was never seen before, now 2 times"
    board.advance(86_400_000)
    assert looked(services, board) == []


def test_a_server_that_forgets_or_is_nearly_full_needs_attention(
    services: Services, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {"maxmemory_policy": "allkeys-lru", "used_memory": "90", "maxmemory": "100"}
    monkeypatch.setattr(engine_conditions, "info", lambda links, section: told)

    assert [(one.rule, one.subject) for one in looked(services, board)] == [
        ("server", "memory"),
        ("server", "eviction"),
    ]
    assert "90% of its memory" in looked(services, board)[0].cause


def test_a_history_that_lags_needs_attention(services: Services, board: Board) -> None:
    board.job_in("completed")
    first = board.events()[0].id
    with writing(services.engine) as session:
        session.add(PositionRow(prefix=board.store.prefix, epoch="e", last_id=first, written_ms=board.now))
    assert looked(services, board) == []
    board.advance(61_000)

    (finding,) = looked(services, board)

    assert (finding.rule, finding.subject, finding.count) == ("recorder", "history", len(board.events()) - 1)
