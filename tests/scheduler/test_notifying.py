"""From a job's end to the mail in somebody's inbox and the request at a receiver, through all that lies in between."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from actors import services as platform
from actors.email_notifications import email_send
from callboard.history.database import reading, writing
from callboard.history.notification_models import WebhookRow
from callboard.history.outbox_models import OutboxRow
from callboard.history.outbox_relay import relay
from callboard.history.reconciler import Reconciler
from callboard.jobs.errors import Permanent
from callboard.jobs.settings import Settings
from callboard.testing.board import Board
from research.notifications import notices
from research.notifications.services import ADMINISTRATORS
from research.webhooks import log, registry
from research.webhooks.filters import checked_filter
from research.webhooks.signature import verify
from scheduler.clock import ServerClock
from scheduler.notifying import check_conditions, forget_old_notices, notifier, notify
from scheduler.services import Services
from tests.actors.conftest import board, settings
from tests.actors.test_webhooks import dump
from tests.research.mail.conftest import Inbox, authority, inbox, serve
from tests.research.webhooks.conftest import LOOPBACK, Receiver, listening, receiver
from tests.research.webhooks.test_delivery import everything_but
from tests.waiting import wait_until

__all__ = ["authority", "board", "inbox", "listening", "receiver", "serve", "settings"]


@pytest.fixture
def duties(board: Board, settings: Settings, serve: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> Services:
    """A scheduler whose mails go to a server of the test, and which has begun to read."""
    own = replace(
        settings,
        smtp_host="127.0.0.1",
        smtp_port=serve("plain"),
        from_email="callboard@lab.example",
        notify_admins=("admin@lab.example",),
        public_url="https://jobs.lab.example",
    )
    monkeypatch.setattr(platform, "settings", lambda: own)
    board.freeze(datetime.now(UTC))
    links, engine = board.broker.links, platform.database()
    clock, types = ServerClock(links.now_ms), board.broker.actors
    made = Services(own, engine, links, types, clock, Reconciler(engine, links), "here")
    notify(made)
    return made


def run(board: Board, duties: Services, *, fail_fast: bool = True) -> None:
    """Tell what is due, and do what that leads to."""
    while notify(duties) is not None:
        pass
    relay(duties.engine, duties.client)
    wait_until(lambda: not waiting(duties.engine), what="the outbox is empty")
    board.drain("email-notifications", fail_fast=fail_fast)
    board.drain("webhooks", fail_fast=fail_fast)


def waiting(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.scalars(select(OutboxRow.id)))


def told(inbox: Inbox) -> list[tuple[str, str]]:
    """To whom which mails came."""
    return [(mail["To"], mail["Subject"].strip()) for mail in inbox.mails]


# S1.18 S4.30
def test_a_user_gets_one_mail_when_the_job_has_completed(duties: Services, board: Board, inbox: Inbox) -> None:
    meta = {"user": "ann", "notify": "ann@lab.example"}
    email_send.send_with_options(kwargs={"to": ["x@y.z"], "template": "welcome", "data": {"name": "Ben"}}, meta=meta)
    board.drain("email-notifications")
    (job,) = (j for j in board.store.newest(["completed"], ["email-notifications"]) if j.meta == meta)
    for _ in range(3):
        run(board, duties)
    assert told(inbox) == [
        ("x@y.z", "Welcome to Callboard, Ben"),
        ("ann@lab.example", f"Completed: email_send {job.id}"),
    ]
    body = inbox.mails[1].get_body(("plain",))
    assert body is not None
    assert f"https://jobs.lab.example/jobs/{job.id}" in body.get_content()
    with reading(duties.engine) as session:
        assert [notice.title for notice in notices.latest(session, "ann")] == ["email_send has completed"]


# S1.21 S1.8
def test_a_failed_job_is_told_to_its_user_at_once_and_to_administrators_with_others_of_its_kind(
    duties: Services, board: Board, inbox: Inbox
) -> None:
    for number in range(5):
        failing(board, {"notify": f"user{number}@lab.example"})
    run(board, duties)
    users = sorted(told(inbox))
    assert [to for to, _ in users] == [f"user{number}@lab.example" for number in range(5)]
    assert all(subject.startswith("Failed: email_send") for _, subject in users)
    check_conditions(duties)
    run(board, duties)
    assert len(inbox.mails) == 5
    board.advance(seconds=90)
    for _ in range(3):
        check_conditions(duties)
        run(board, duties)
    assert told(inbox)[5:] == [("admin@lab.example", "5 jobs failed: email_send")]


def failing(board: Board, meta: dict[str, Any]) -> None:
    """A job that has failed for good: its template lacks what it needs."""
    email_send.send_with_options(kwargs={"to": ["x@y.z"], "template": "welcome"}, meta=meta)
    with pytest.raises(Permanent):
        board.drain("email-notifications")


# S4.46
def test_a_receiver_gets_the_end_of_a_job_signed(duties: Services, board: Board, receiver: Receiver) -> None:
    with writing(duties.engine) as session:
        _, secret = registry.add(session, receiver.url, checked_filter(["job:failed"]), at_ms=1, allow=LOOPBACK)
    failing(board, {})
    run(board, duties)
    run(board, duties)
    ((headers, body),) = receiver.requests
    verify(secret, headers, body)
    assert json.loads(body)["type"] == "job:failed"
    with reading(duties.engine) as session:
        assert [(d.state, d.attempts) for d in log.latest(session)] == [("delivered", 1)]


# S2.44
def test_an_administrator_is_told_that_nobody_serves_a_queue(duties: Services, board: Board, inbox: Inbox) -> None:
    email_send.send_with_options(
        kwargs={"to": ["x@y.z"], "template": "welcome", "data": {"name": "Ben"}}, unique_key="one"
    )
    board.control.pause("other")
    check_conditions(duties)
    board.advance(seconds=61)
    check_conditions(duties)
    run(board, duties)
    causes = "Needs attention: 1 job wait in email-notifications and no worker serves it"
    assert ("admin@lab.example", causes) in told(inbox)


def test_a_mail_server_that_is_away_makes_a_notice_and_no_flood_of_mails(
    duties: Services, board: Board, inbox: Inbox
) -> None:
    inbox.answer = "554 no mail today"
    failing(board, {"notify": "ann@lab.example"})
    for _ in range(3):
        board.advance(seconds=3_700)
        check_conditions(duties)
        run(board, duties, fail_fast=False)
    with reading(duties.engine) as session:
        titles = [notice.title for notice in notices.latest(session, ADMINISTRATORS)]
    assert "a notification could not be sent by email_send" in titles
    with reading(duties.engine) as session:
        jobs = board.store.newest(["failed"], ["email-notifications"], 100)
    # the job itself, the user's mail, the administrators' mail about the job, and nothing about these
    assert len([job for job in jobs if "notifier" in job.meta]) == 2


def test_a_scheduler_that_knows_no_mails_tells_nobody(duties: Services) -> None:
    bare = replace(duties, types={})
    assert notifier(bare) is None
    assert notify(bare) is None
    check_conditions(bare)


def test_old_notices_and_deliveries_are_forgotten(duties: Services, board: Board) -> None:
    failing(board, {"user": "ann", "notify": True})
    run(board, duties)
    with reading(duties.engine) as session:
        assert len(notices.latest(session, "ann")) == 1
    board.advance(days=91)
    forget_old_notices(replace(duties, clock=ServerClock(board.broker.links.now_ms)))
    with reading(duties.engine) as session:
        assert notices.latest(session, "ann") == []


# X9
def test_no_secret_leaves_its_place_on_the_whole_way(
    duties: Services,
    board: Board,
    inbox: Inbox,
    receiver: Receiver,
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    caplog.set_level(logging.DEBUG)
    with writing(duties.engine) as session:
        hook, secret = registry.add(session, receiver.url, checked_filter(["*"]), at_ms=1, allow=LOOPBACK)
    for status in (500, 200, 404):
        receiver.answer(status, f"echo {receiver.url} {secret}", Location=receiver.url)
        failing(board, {"notify": "ann@lab.example", "webhook": hook.id})
        run(board, duties, fail_fast=False)
    board.advance(seconds=90)
    check_conditions(duties)
    run(board, duties, fail_fast=False)
    logging.getLogger("callboard.notifier").debug("the log is read")
    own = [record.getMessage() for record in caplog.records if record.name not in ("werkzeug", "mail.log")]
    links = board.broker.links
    redis = [repr(dump(board, key)) for key in links.call("KEYS", f"{links.prefix}:*")]
    mailed = [mail.as_string() for mail in inbox.mails]
    sinks = {
        "log": own,
        "redis": redis,
        "mail": mailed,
        "sql": [everything_but(duties.engine, WebhookRow.__tablename__)],
    }
    assert all(sinks.values())
    assert [name for name, texts in sinks.items() for text in texts if "CANARY" in text or secret in text] == []
