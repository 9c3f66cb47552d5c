"""Mail as jobs: templates, attachments, priorities, refusals, batches, and what of it a real worker does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from actors import services
from actors.email_notifications import email_batch, email_queue, email_send
from callboard.jobs.errors import InvalidArguments, Permanent
from callboard.jobs.policy import RateLimit
from callboard.jobs.settings import Settings
from callboard.testing.board import Board
from research.mail.addresses import MailRefused
from research.mail.errors import Undeliverable
from tests.platform_worker import Platform
from tests.research.mail.conftest import Inbox, authority, inbox, serve
from tests.research.mail.test_templates import REPORT

__all__ = ["authority", "inbox", "serve"]

WELCOME: dict[str, Any] = {"to": ["ann@lab.example"], "template": "welcome", "data": {"name": "Ann"}}
FOUR: dict[str, dict[str, Any]] = {
    "welcome": {"name": "Ann"},
    "experiment_complete": {"experiment": "Run 7", "metrics": {"power density": "13.1 mW/cm²"}},
    "paper_processed": {"report": REPORT | {"title": "A cell"}},
    "error_notification": {"type": "extract_pdf", "job": "01J", "error": "no text layer", "attempts": 3},
}


@pytest.fixture
def server(settings: Settings, serve: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the bodies send to the server of the test."""
    chosen = replace(settings, smtp_host="127.0.0.1", smtp_port=serve("plain"))
    monkeypatch.setattr(services, "settings", lambda: chosen)


def test_the_queue_and_the_policy_are_those_of_the_design() -> None:
    assert (email_queue.name, email_queue.concurrency, email_queue.rate) == (
        "email-notifications",
        10,
        RateLimit(100, 60),
    )  # S2.37 S5.29 S5.30
    for actor in (email_send, email_batch):
        retry = actor.policy.retry
        assert (retry.attempts, retry.factor, actor.policy.timeout) == (3, 2, 60)  # S5.25


@pytest.mark.parametrize("template", FOUR)
def test_each_template_arrives_as_text_and_html(board: Board, server: None, inbox: Inbox, template: str) -> None:
    result = board.run(email_send, to=["ann@lab.example"], template=template, data=FOUR[template])  # S2.30 S5.7
    (mail,) = inbox.mails
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    told = {"welcome": "Ann", "experiment_complete": "13.1 mW/cm²", "paper_processed": "A cell"}
    assert told.get(template, "no text layer") in text.get_content()
    assert told.get(template, "no text layer") in html.get_content()
    assert (result["recipients"], result["refused"], result["transport"]) == (["ann@lab.example"], [], "smtp")
    assert [progress["step"] for progress in board.last.progress][-1] == "sent"


def test_stored_files_go_along_under_the_names_they_came_with(board: Board, server: None, inbox: Inbox) -> None:
    stored = services.files().put(b"a;b\n1;2\n", "values µ.csv")
    board.run(email_send, **WELCOME, attachments=[{"file": stored.reference}])  # S5.7
    (attachment,) = inbox.mails[0].iter_attachments()
    assert attachment.get_filename() == "values µ.csv"
    assert attachment.get_payload(decode=True) == b"a;b\n1;2\n"


def test_a_mail_of_high_priority_goes_before_those_that_wait(board: Board, server: None, inbox: Inbox) -> None:
    for priority in ("low", "normal", "high"):
        arguments = WELCOME | {"data": {"name": priority}}
        email_send.send_with_options(kwargs=arguments, priority=priority)  # S2.31 S5.31
    board.drain()
    assert [mail["Subject"].rpartition(" ")[2] for mail in inbox.mails] == ["high", "normal", "low"]


def test_a_busy_server_is_asked_again_and_the_mail_arrives_once(board: Board, server: None, inbox: Inbox) -> None:
    inbox.answers = ["451 4.3.2 busy", "421 4.7.0 too fast"]
    email_send.send(**WELCOME)
    drained = board.drain(with_delayed=True, fail_fast=False)  # S5.25
    assert (len(drained), drained.completed, len(inbox.mails)) == (3, 1, 1)


def test_a_bounce_fails_at_once_and_says_who_and_why(board: Board, server: None, inbox: Inbox) -> None:
    inbox.recipient_answers = {"ann@lab.example": "550 5.1.1 no such user"}
    with pytest.raises(Undeliverable, match=r"bounced: .* ann@lab\.example: 550 5\.1\.1 no such user"):
        board.run(email_send, **WELCOME)


@pytest.mark.parametrize(
    "to", ["ann@lab.example\r\nBcc: eve@evil.example", "=?utf-8?b?eA0KQmNjOiBldmU=?= <a@b.c>", "a"]
)
def test_no_address_adds_lines_or_recipients(board: Board, server: None, inbox: Inbox, to: str) -> None:
    with pytest.raises(MailRefused):
        board.run(email_send, **WELCOME | {"to": [to]})
    assert inbox.mails == []


def test_a_value_that_the_template_needs_is_named(board: Board, server: None) -> None:
    with pytest.raises(Permanent, match=r"welcome\.subject\.txt does not fit its data: 'name' is undefined"):
        board.run(email_send, to=["ann@lab.example"], template="welcome")
    with pytest.raises(InvalidArguments, match="template: Must be one of"):
        board.run(email_send, to=["ann@lab.example"], template="spam")


# -- batches


def batch(*addresses: str, **more: Any) -> dict[str, Any]:
    recipients = [{"to": address, "data": {"name": address.partition("@")[0]}} for address in addresses]
    return {"template": "welcome", "recipients": recipients, **more}


def test_a_batch_sends_each_recipient_a_mail_of_their_own(board: Board, server: None, inbox: Inbox) -> None:
    result = board.run(email_batch, **batch("ann@lab.example", "ben@lab.example"), priority="high")  # S2.32
    assert (result["recipients"], result["enqueued"], result["refused"]) == (2, 2, [])
    board.assert_enqueued(email_send, count=2, priority="high", tags=[result["tag"]])
    board.drain()
    assert sorted((mail["To"], mail["Subject"]) for mail in inbox.mails) == [
        ("ann@lab.example", "Welcome to Callboard, ann"),
        ("ben@lab.example", "Welcome to Callboard, ben"),
    ]


def test_a_batch_tells_whom_it_cannot_write_to_and_writes_to_the_others(board: Board, server: None) -> None:
    given = batch("ann@lab.example", "no address", "ANN@lab.example", "cat@lab.example")
    given["recipients"][3]["data"] = {}
    result = board.run(email_batch, **given)
    assert (result["recipients"], result["enqueued"]) == (4, 1)
    reasons = {left["number"]: left["reason"] for left in result["refused"]}
    assert "recipient must be like ann@lab.example" in reasons[2]
    assert reasons[3] == "the same address stands in the batch before"
    assert "'name' is undefined" in reasons[4]


def test_a_batch_that_runs_again_sends_nobody_a_second_mail(board: Board, server: None, inbox: Inbox) -> None:
    message = email_batch.send(**batch("ann@lab.example", "ben@lab.example"))
    board.drain()
    assert len(inbox.mails) == 2
    board.client.rerun(message.message_id)
    board.drain()
    assert len(inbox.mails) == 2
    for job in board.store.page("email-notifications", "completed"):
        board.client.remove(job.id)  # as retention does: now only the note in SQL knows of them
    email_batch.send(**batch("cat@lab.example"))
    board.client.enqueue(email_batch.call(**batch("ann@lab.example", "ben@lab.example")).named(id=message.message_id))
    board.drain()
    assert sorted(mail["To"] for mail in inbox.mails) == ["ann@lab.example", "ben@lab.example", "cat@lab.example"]


def test_a_batch_for_nobody_fails_and_says_why(board: Board, server: None) -> None:
    with pytest.raises(Permanent, match="none of the 2 recipients can be sent a mail; x: recipient must be like"):
        board.run(email_batch, **batch("x", "y"))


# -- through a real worker


def test_a_worker_writes_mail_into_the_folder_when_no_server_is_set(platform: Platform) -> None:
    stored = platform.files.put(b"%PDF-1.7", "paper.pdf")
    job = platform.run(email_send, **WELCOME, attachments=[{"file": stored.reference}])
    assert (job.state, job.result["transport"], job.result["recipients"]) == (
        "completed",
        "folder",
        ["ann@lab.example"],
    )
    mails = [message_from_bytes(path.read_bytes(), policy=default) for path in mail_files(platform)]
    (mail,) = [mail for mail in mails if mail["Message-ID"] == job.result["message_id"]]
    assert [part.get_filename() for part in mail.iter_attachments()] == ["paper.pdf"]


def mail_files(platform: Platform) -> Iterator[Path]:
    return platform.settings.mail_folder.glob("*.eml")


def test_a_worker_sends_a_batch_and_reports_what_it_cannot_send(platform: Platform) -> None:
    job = platform.run(email_batch, **batch("bob@lab.example", "not an address"))
    assert (job.state, job.result["enqueued"], job.result["refused"][0]["to"]) == ("completed", 1, "not an address")


@pytest.mark.parametrize(
    ("actor", "arguments"),
    [(email_send, WELCOME | {"to": ["ann\r\nBcc: eve@evil.example"]}), (email_batch, batch("x"))],
)
def test_bad_input_fails_after_one_attempt_with_the_reason(
    platform: Platform, actor: Any, arguments: dict[str, Any]
) -> None:
    job = platform.run(actor, **arguments)
    failure = platform.failure(job)
    assert (job.state, job.attempt, failure["class"]) == ("failed", 1, "permanent")
    assert "recipient" in failure["message"]
