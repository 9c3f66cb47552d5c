"""Reports and the health check as jobs: once for each period, mailed once, told once per change."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import insert

from actors import services
from actors.email_notifications import email_send
from actors.scheduled_tasks import (
    daily_report,
    monthly_analytics,
    scheduled_queue,
    system_health_check,
    weekly_digest,
)
from callboard.history.database import reading, writing
from callboard.history.models import FailureGroupRow, FailureRow, JobRow, table_of
from callboard.testing.board import Board
from callboard.worker.keeper import REGISTER
from research.models import PaperRow
from research.notifications.notices import latest
from research.notifications.services import ADMINISTRATORS
from research.reports.store import find_report
from tests.platform_worker import Platform
from tests.waiting import wait_until

YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)
NOON = datetime(YESTERDAY.year, YESTERDAY.month, YESTERDAY.day, 12, tzinfo=UTC)


def test_the_queue_and_the_policies_are_those_of_the_design() -> None:
    assert (scheduled_queue.name, scheduled_queue.concurrency) == ("scheduled-tasks", 2)
    for actor in (daily_report, weekly_digest, monthly_analytics, system_health_check):
        assert (actor.policy.timeout, actor.policy.retry.attempts, actor.policy.priority) == (600, 3, 3)


def mails(platform: Platform) -> list[EmailMessage]:
    """All mails that were sent, oldest first."""
    files = sorted(platform.settings.mail_folder.glob("*.eml"))
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


def mailed(platform: Platform, address: str) -> list[EmailMessage]:
    """The mails to one address."""
    return [mail for mail in mails(platform) if address in str(mail["To"])]


def fill_yesterday(platform: Platform) -> None:
    """A day of the history: two jobs that completed, one that failed in a way that is new, a paper, an experiment."""
    at = round(NOON.timestamp() * 1000)
    about = {"queue": "q", "version": 1, "priority": 3, "attempt": 1, "attempts": 3, "crashes": 0, "fence": 1}
    times = {"enqueued_ms": at - 5_000, "started_ms": at - 4_000, "finished_ms": at, "wait_ms": 1_000, "run_ms": 4_000}
    rows = [
        {"id": f"report-{n}", "type": type, "state": state, "kwargs": json.dumps(kwargs), **about, **times}
        for n, (type, state, kwargs) in enumerate(
            [
                ("process_results", "completed", {"experiment_id": "exp-7"}),
                ("data_export", "completed", {}),
                ("data_export", "failed", {}),
            ]
        )
    ]
    group = {"fingerprint": "f00d", "error_class": "transient", "error_type": "OSError", "message": "disk <full>"}
    failure = {"job_id": "report-2", "fence": 1, "attempt": 1, "at_ms": at, "type": "data_export", "queue": "q"}
    with writing(platform.engine) as session:
        session.execute(insert(table_of(JobRow)), rows)
        session.execute(insert(table_of(FailureRow)), {**failure, **group, "final": True, "traceback": ""})
        counts = {"failures": 1, "first_ms": at, "last_ms": at, "sample_job": "report-2", "types": '["data_export"]'}
        session.execute(insert(table_of(FailureGroupRow)), {**group, **counts, "frame": "", "status": "open"})
        session.add(
            PaperRow(id="r-1", file="r.pdf", title="A <b>bold</b> cell", authors=["Ann", "Bob"], created_at=NOON)
        )


# S2.36
def test_a_worker_reports_on_yesterday_stores_it_once_and_mails_it_once(platform: Platform) -> None:
    fill_yesterday(platform)
    first = platform.run(daily_report, to=["daily@lab.example"])
    assert first.state == "completed", platform.store.errors(first.id)
    assert (first.result["report"], first.result["made"]) == (f"daily_report:{YESTERDAY}:UTC", True)
    wait_until(lambda: mailed(platform, "daily@lab.example"), what="the report is mailed")
    again = platform.run(daily_report, to=["daily@lab.example"], day=YESTERDAY.isoformat())
    assert (again.result["made"], again.result["mails"]) == (False, first.result["mails"])
    assert platform.ended(first.result["mails"][0]).attempt == 1
    (mail,) = mailed(platform, "daily@lab.example")
    assert mail["Subject"].startswith("Daily report: ")
    with reading(platform.engine) as session:
        report = find_report(session, first.result["report"])
    facts = report.facts
    assert (facts["jobs"]["completed"] >= 2, facts["jobs"]["failed"] >= 1) == (True, True)
    assert "exp-7" in facts["experiments"]
    new = {"error": "OSError", "message": "disk <full>", "types": "data_export", "failures": 1}
    assert new in facts["failures"]["new"]
    assert "A <b>bold</b> cell" in [paper["title"] for paper in facts["papers"]["titles"]]
    assert "- A <b>bold</b> cell. Ann and 1 more" in report.markdown
    assert "A &lt;b&gt;bold&lt;/b&gt; cell" in report.html
    assert "disk &lt;full&gt;" in report.html


# S2.36
@pytest.mark.parametrize(
    ("actor", "argument", "label", "words"),
    [
        (weekly_digest, "week", "2026-W46", "week 46, 9 to 15 November 2026"),
        (monthly_analytics, "month", "2026-10", "October 2026"),
    ],
)
def test_a_worker_makes_the_report_of_a_week_and_of_a_month(
    platform: Platform, actor: Any, argument: str, label: str, words: str
) -> None:
    arguments: dict[str, Any] = {argument: label, "zone": "Europe/Berlin", "to": []}
    job = platform.run(actor, **arguments)
    assert job.state == "completed", platform.store.errors(job.id)
    assert (job.result["period"], job.result["made"], job.result["mails"]) == (words, True, [])
    with reading(platform.engine) as session:
        report = find_report(session, job.result["report"])
    assert report.facts["corpus"]["papers"] >= 0
    assert len(report.facts["days"]) == (7 if argument == "week" else 31)


@pytest.mark.parametrize(
    ("actor", "arguments", "said"),
    [
        (daily_report, {"day": "yesterday"}, "the period of daily_report is a day such as 2026-11-21, got 'yesterday'"),
        (daily_report, {"day": "2100-01-01"}, "2100-01-01 is not over yet"),
        (daily_report, {"zone": "Europe/Berln"}, "Europe/Berlin"),
        (weekly_digest, {"week": "2026-W54"}, "a week such as 2026-W47"),
        (monthly_analytics, {"month": "2026-13"}, "a month such as 2026-10"),
        (daily_report, {"to": ["no address"]}, "to must be like ann@lab.example"),
        (system_health_check, {"to": ["a\nb@lab.example"]}, "to must be one line of text"),
    ],
)
def test_what_cannot_be_reported_fails_for_good_after_one_attempt(
    platform: Platform, actor: Any, arguments: dict[str, Any], said: str
) -> None:
    job = platform.run(actor, **arguments)
    failure = platform.failure(job)
    assert (job.state, job.attempt, failure["class"]) == ("failed", 1, "permanent")
    assert said in failure["message"]


# S2.36 S1.5 S1.39
def test_a_worker_looks_at_the_health_of_the_platform(platform: Platform) -> None:
    platform.record()
    health = platform.run(system_health_check, to=[]).result
    levels = {name: check["level"] for name, check in health["checks"].items()}
    # Other tests of this worker may have left something; what it is made of itself is well.
    sound = ("server eviction", "server persistence", "workers", "tables", "write probe", "disk", "recorder")
    assert {name: levels[name] for name in sound} == dict.fromkeys(sound, "ok")
    assert health["healthy"] == ("fail" not in levels.values())
    assert health["details"]["queueStatus"]["active"] >= 1
    mine = health["details"]["queues"]["scheduled-tasks"]
    assert (mine["active"] >= 1, mine["workers"] >= 1, mine["paused"]) == (True, True, False)


# S2.44
def test_what_fails_is_told_once_and_that_it_is_over_too(board: Board) -> None:
    def check(mails: int) -> Any:
        health = board.run(system_health_check, to=["ann@lab.example"])
        wait_until(lambda: board.store.counts("email-notifications")["waiting"] == mails, what=f"{mails} mails")
        return health

    # The mail about the first change is a job for which there is no worker either.
    told = [check(mails) for mails in (1, 2, 2)]
    assert [one["began"] for one in told] == [["workers"], ["waiting jobs"], []]
    assert [one["healthy"] for one in told] == [False, False, False]
    about = json.dumps({"host": "elsewhere", "pid": 1, "threads": 5, "queues": ["email-notifications"]})
    board.broker.links.call(*board.broker.links.script(REGISTER.name, "worker-1", 60_000, about))
    over = check(3)
    assert (over["healthy"], sorted(over["ended"])) == (True, ["waiting jobs", "workers"])
    assert all(job.kwargs["template"] == "conditions" for job in board.assert_enqueued(email_send, count=3))
    with reading(services.database()) as session:
        titles = [notice.title for notice in latest(session, ADMINISTRATORS)]
    assert set(titles) == {
        "workers fails: 0 with 0 slots",
        "waiting jobs fails: stuck in email-notifications",
        "All right again: workers",
        "All right again: waiting jobs",
    }
