"""Conditions that need attention."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from sqlalchemy import Engine

from callboard.history.database import writing
from callboard.history.models import JobRow
from callboard.history.notification_models import AlertRow
from callboard.history.schedule_models import FiringRow, ScheduleRow
from callboard.jobs.clock import to_ms
from research.notifications.attention import attention
from research.notifications.rules import change
from research.notifications.services import Services
from research.webhooks import registry
from research.webhooks.filters import Filter
from tests.jobs import Board

HOUR = 3_600_000


def found(services: Services, board: Board) -> list[tuple[str, str, int]]:
    return [(one.rule, one.subject, one.count) for one in attention(board.store, services.engine)]


def serve(board: Board, *queues: str) -> None:
    """A live worker of some queues."""
    about = json.dumps({"queues": queues})
    board.worker.say("register", "worker-1", 600_000, about)


def test_nothing_needs_attention_where_nothing_waits(services: Services, board: Board) -> None:
    board.job_in("completed")
    assert attention(board.store, services.engine) == []


def test_jobs_that_no_worker_serves_need_attention_until_one_comes(services: Services, board: Board) -> None:
    board.enqueue_many(3, "mail")
    board.enqueue("lab", delay=600.0)
    serve(board, "lab")
    (finding,) = attention(board.store, services.engine)
    assert (finding.rule, finding.subject, finding.count) == ("no_workers", "mail", 3)
    assert finding.cause == "3 jobs wait in mail and no worker serves it"
    assert finding.advice == "start one: callboard worker -q mail"
    assert finding.since_ms == board.now
    serve(board, "mail")
    assert attention(board.store, services.engine) == []


# S2.44
def test_a_backlog_is_too_many_jobs_or_one_that_waits_too_long(services: Services, board: Board) -> None:
    serve(board, "mail", "lab")
    with writing(services.engine) as session:
        change(session, "backlog", numbers={"waiting": 5, "oldest_s": 120})
    board.enqueue_many(5, "mail")
    board.enqueue("lab", priority=1)
    assert found(services, board) == []
    board.enqueue("mail")
    (many,) = attention(board.store, services.engine)
    assert many.cause == "6 jobs wait in mail: more than 5"
    board.advance(121_000)
    both = {one.subject: one.cause for one in attention(board.store, services.engine)}
    assert both == {
        "mail": "6 jobs wait in mail: more than 5, the oldest for 2 min 1 s",
        "lab": "1 job wait in lab: the oldest for 2 min 1 s",
    }


def test_a_job_that_was_delayed_waits_only_since_it_is_ready(services: Services, board: Board) -> None:
    serve(board, "mail")
    id = board.enqueue("mail", delay=6 * 3600.0)
    board.advance(5 * HOUR)
    board.client.promote(id)
    serve(board, "mail")
    assert found(services, board) == []


def test_jobs_in_a_paused_queue_are_a_condition_of_their_own(services: Services, board: Board) -> None:
    board.enqueue("mail")
    board.control.pause("mail")
    assert found(services, board) == [("paused", "mail", 1)]


def ended(
    engine: Engine, state: str, count: int, at_ms: int, *, blocked_by: str | None = None, cost: float = 0
) -> None:
    """Jobs that have ended, as the recorder writes them."""
    numbers = {"version": 3, "priority": 3, "attempt": 1, "attempts": 3, "crashes": 0, "fence": 1}
    with writing(engine) as session:
        for number in range(count):
            id = f"{state}-{at_ms}-{blocked_by}-{number}"
            about = {"type": "add", "queue": "mail", "state": state, "enqueued_ms": at_ms, "finished_ms": at_ms}
            session.add(JobRow(id=id, **about, **numbers, blocked_by=blocked_by, cost_usd=cost or None))


# S2.44
def test_a_type_of_which_too_many_fail_needs_attention(services: Services, board: Board) -> None:
    ended(services.engine, "completed", 10, board.now - 60_000)
    ended(services.engine, "failed", 9, board.now - 60_000)
    ended(services.engine, "cancelled", 50, board.now)
    assert found(services, board) == []  # fewer than twenty have ended
    ended(services.engine, "failed", 2, board.now - 30_000)
    (finding,) = attention(board.store, services.engine)
    assert finding.cause == "11 of 21 jobs of add failed in the last 15 min"
    assert finding.advice == "see why: callboard ls state:failed type:add"
    ended(services.engine, "completed", 2, board.now)
    assert found(services, board) == []


def test_failures_of_long_ago_and_those_of_other_jobs_do_not_count(services: Services, board: Board) -> None:
    ended(services.engine, "failed", 30, board.now - 16 * 60_000)
    ended(services.engine, "failed", 30, board.now, blocked_by="01J")
    ended(services.engine, "completed", 20, board.now)
    assert found(services, board) == []


def schedule(engine: Engine, name: str, **changes: object) -> None:
    """A schedule, as the scheduler keeps it."""
    texts = {"type": "report", "cron": "0 0 * * *", "zone": "UTC", "args": "[]", "kwargs": "{}", "options": "{}"}
    more = {"on_missed": "latest", "cap": 1, "overlap": "allow", "source": "code"}
    numbers = {"created_ms": 1, "changed_ms": 1, "fired": 0, "passed": 0}
    with writing(engine) as session:
        session.add(ScheduleRow(**{"name": name} | texts | more | numbers | changes))


def test_schedules_that_are_overdue_disabled_or_let_a_time_pass_need_attention(
    services: Services, board: Board
) -> None:
    later = board.now + HOUR
    schedule(services.engine, "fine", next_ms=later)
    schedule(services.engine, "late", next_ms=board.now - 121_000)
    schedule(services.engine, "just-due", next_ms=board.now - 100_000)
    schedule(services.engine, "paused", next_ms=board.now - HOUR, paused_ms=1)
    schedule(services.engine, "typeless", next_ms=later, disabled="type report is unknown")
    schedule(services.engine, "missed", next_ms=later)
    with writing(services.engine) as session:
        for number, state in enumerate(("missed", "refused", "fired")):
            about = {"planned_ms": number, "job_id": "01J", "late_ms": 0, "passed": 0, "decided_ms": board.now - 1_000}
            session.add(FiringRow(schedule="missed", state=state, **about))
        old = {"planned_ms": 9, "job_id": "01J", "late_ms": 0, "passed": 0, "decided_ms": board.now - 2 * HOUR}
        session.add(FiringRow(schedule="fine", state="missed", **old))
    causes = {one.subject: one.cause for one in attention(board.store, services.engine)}
    assert causes.keys() == {"late", "typeless", "missed"}
    assert "was due at" in causes["late"]
    assert causes["typeless"] == "schedule typeless is disabled: type report is unknown"
    assert causes["missed"] == "schedule missed has let 2 times pass"


def test_the_cost_of_this_month_needs_attention_when_it_nears_its_cap(services: Services, board: Board) -> None:
    board.now = to_ms(datetime(2026, 11, 20, tzinfo=UTC))
    board.advance(0)
    ended(services.engine, "completed", 3, to_ms(datetime(2026, 11, 1, tzinfo=UTC)), cost=10.5)
    ended(services.engine, "completed", 1, to_ms(datetime(2026, 10, 31, 23, 59, tzinfo=UTC)), cost=500)
    assert found(services, board) == []  # there is no budget
    with writing(services.engine) as session:
        change(session, "budget", numbers={"usd": 40})
    assert found(services, board) == []
    ended(services.engine, "failed", 1, board.now, cost=0.5)
    (finding,) = attention(board.store, services.engine)
    assert finding.cause == "this month's jobs cost 32.00 of 40.00 USD (80%)"


def test_a_webhook_that_switched_itself_off_needs_attention(services: Services, board: Board) -> None:
    with writing(services.engine) as session:
        one, _ = registry.add(session, "https://lab.example/sk-CANARY", Filter(), at_ms=1)
        other, _ = registry.add(session, "https://lab.example/x", Filter(), at_ms=1)
        registry.switch(session, one.id, on=False, reason="the receiver answered 410")
        registry.switch(session, other.id, on=False)
    (finding,) = attention(board.store, services.engine)
    assert finding.cause == "webhook https://lab.example/… is off: the receiver answered 410"
    assert finding.advice == f"once it works again: callboard webhooks enable {one.id}"


def test_the_gravest_comes_first_and_a_rule_that_is_off_finds_nothing(services: Services, board: Board) -> None:
    board.enqueue("a")
    board.enqueue_many(2, "b")
    board.enqueue("c")
    board.control.pause("c")
    assert [subject for _, subject, _ in found(services, board)] == ["b", "a", "c"]
    with writing(services.engine) as session:
        change(session, "no_workers", enabled=False)
    assert [subject for _, subject, _ in found(services, board)] == ["c"]


def test_what_is_known_of_a_condition_is_told_with_it(services: Services, board: Board) -> None:
    board.enqueue("mail")
    row = {"rule": "no_workers", "subject": "mail", "count": 1, "cause": "", "advice": "", "seen_ms": 1}
    with writing(services.engine) as session:
        session.add(AlertRow(key="no_workers:mail", since_ms=17, silenced_until_ms=board.now + 1, **row))
    assert attention(board.store, services.engine) == []
    (finding,) = attention(board.store, services.engine, silenced=True)
    assert (finding.since_ms, finding.silenced_until_ms) == (17, board.now + 1)
    board.advance(1)
    assert [one.since_ms for one in attention(board.store, services.engine)] == [17]
