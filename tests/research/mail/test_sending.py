"""Sending mail to a real server, and each mail once."""

import socket
import ssl
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
import trustme
from sqlalchemy import Engine, func, select

from callboard.history.database import reading
from callboard.jobs.errors import Permanent, RateLimited, Transient
from research.mail.addresses import MailRefused
from research.mail.errors import Deferred, Undeliverable
from research.mail.message import Attachment, Mail, build
from research.mail.outbox import Folder
from research.mail.sending import send
from research.mail.smtp import Smtp
from research.models import SentMailRow
from tests.research.mail.conftest import Inbox

SENDER = "Callboard <noreply@lab.example>"
MAIL = Mail(
    to=("Ann Müller <ann@lab.example>", "ben@lab.example"),
    subject="Paper processed: Zellen – und mehr",
    text="It is done.\n",
    key="job-1",
    html="<p>It is done.</p>",
    attachments=(Attachment("report ä.json", b'{"a": 1}'),),
    template="paper_processed",
)
Serve = Callable[..., int]


def test_a_mail_arrives_with_its_text_html_and_attachment(database: Engine, inbox: Inbox, serve: Serve) -> None:
    receipt = send(database, Smtp("127.0.0.1", serve("plain")), SENDER, MAIL)
    (mail,) = inbox.mails
    assert mail["Subject"] == MAIL.subject
    assert mail["To"] == "Ann Müller <ann@lab.example>, ben@lab.example"
    assert inbox.envelopes[0].rcpt_tos == ["ann@lab.example", "ben@lab.example"]
    body, (attachment,) = mail.get_body(("plain",)), tuple(mail.iter_attachments())
    assert body is not None
    assert body.get_content().strip() == "It is done."
    assert (attachment.get_filename(), attachment.get_content_type()) == ("report ä.json", "application/json")
    assert attachment.get_payload(decode=True) == b'{"a": 1}'
    assert (receipt.message_id, receipt.transport, receipt.repeated) == (mail["Message-ID"], "smtp", False)


@pytest.mark.parametrize(("mode", "secure"), [("starttls", False), ("tls", True)])
def test_a_mail_goes_encrypted_and_logged_in(
    database: Engine, inbox: Inbox, serve: Serve, trusting: ssl.SSLContext, mode: str, secure: bool
) -> None:
    port = serve(mode, login=True)  # S5.3
    send(database, Smtp("127.0.0.1", port, secure, "ann", "correct horse", context=trusting), SENDER, MAIL)
    assert inbox.encrypted == [True]
    assert inbox.logins == [(b"ann", b"correct horse")]


def test_a_wrong_password_is_final_and_not_repeated_in_the_error(
    database: Engine, serve: Serve, trusting: ssl.SSLContext
) -> None:
    server = Smtp("127.0.0.1", serve("starttls", login=True), False, "ann", "sk-CANARY", context=trusting)
    with pytest.raises(Undeliverable, match=r"login: .* user 'ann': 535 .*; check SMTP_USER and SMTP_PASS") as caught:
        send(database, server, SENDER, MAIL)  # S5.40
    assert "sk-CANARY" not in str(caught.value)
    assert "sk-CANARY" not in repr(server)


def test_a_password_is_never_sent_without_encryption(database: Engine, inbox: Inbox, serve: Serve) -> None:
    with pytest.raises(Permanent, match="the password is not sent without"):
        send(database, Smtp("127.0.0.1", serve("plain", login=True), False, "ann", "correct horse"), SENDER, MAIL)
    assert inbox.logins == []


def test_a_certificate_nobody_vouches_for_is_refused(database: Engine, inbox: Inbox, serve: Serve) -> None:
    with pytest.raises(Permanent, match="certificate we do not trust"):
        send(database, Smtp("127.0.0.1", serve("tls"), secure=True), SENDER, MAIL)
    assert inbox.mails == []


def test_a_lab_with_an_authority_of_its_own_names_it_in_the_environment(
    database: Engine,
    inbox: Inbox,
    serve: Serve,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "lab.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "lab.pem"))
    send(database, Smtp("127.0.0.1", serve("tls"), secure=True), SENDER, MAIL)
    assert inbox.encrypted == [True]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("451 4.3.0 try later", Deferred),
        ("421 too busy", Deferred),
        ("552 too big", Undeliverable),
        ("554 5.7.1 spam", Undeliverable),
    ],
)
def test_a_refused_mail_may_be_sent_again_or_not_by_the_servers_code(
    database: Engine, inbox: Inbox, serve: Serve, answer: str, error: type[Exception]
) -> None:
    inbox.answer = answer
    server = Smtp("127.0.0.1", serve("plain"))
    with pytest.raises(error, match=answer[:3]) as caught:
        send(database, server, SENDER, MAIL)
    assert type(caught.value) is error
    inbox.answer = "250 OK"
    assert send(database, server, SENDER, MAIL).repeated is False


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"ann@lab.example": "550 unknown", "ben@lab.example": "550 unknown"}, Undeliverable),
        ({"ann@lab.example": "450 greylisted", "ben@lab.example": "452 4.2.2 full"}, Deferred),
    ],
)
def test_a_mail_that_every_recipient_refuses_names_them_all(
    database: Engine, inbox: Inbox, serve: Serve, answers: dict[str, str], error: type[Exception]
) -> None:
    inbox.recipient_answers = answers
    with pytest.raises(error, match=r"ann@lab\.example: \d+ .*; ben@lab\.example: \d+ ") as caught:
        send(database, Smtp("127.0.0.1", serve("plain")), SENDER, MAIL, last=True)
    assert str(caught.value).startswith(("bounced: ", "deferred: "))
    assert inbox.mails == []


def test_some_get_the_mail_and_the_receipt_says_who_did_not_and_why(
    database: Engine, inbox: Inbox, serve: Serve
) -> None:
    inbox.recipient_answers = {"ben@lab.example": "550 5.1.1 no such user"}
    receipt = send(database, Smtp("127.0.0.1", serve("plain")), SENDER, MAIL)
    assert receipt.recipients == ["ann@lab.example"]
    ben = {
        "address": "ben@lab.example",
        "word": "bounced",
        "code": 550,
        "status": "5.1.1",
        "said": "5.1.1 no such user",
    }
    assert receipt.refused == [ben]
    assert [envelope.rcpt_tos for envelope in inbox.envelopes] == [["ann@lab.example"]]


def test_a_later_attempt_reaches_only_those_who_may_still_get_it(database: Engine, inbox: Inbox, serve: Serve) -> None:
    server = Smtp("127.0.0.1", serve("plain"))
    three = replace(MAIL, to=(*MAIL.to, "cat@lab.example"))
    inbox.recipient_answers = {"ben@lab.example": "450 4.2.0 greylisted", "cat@lab.example": "550 unknown"}
    with pytest.raises(Deferred, match=r"1 of 3 recipients yet: ben@lab\.example: 450 4\.2\.0 greylisted"):
        send(database, server, SENDER, three)
    inbox.recipient_answers = {"cat@lab.example": "550 unknown"}
    receipt = send(database, server, SENDER, three)
    assert [envelope.rcpt_tos for envelope in inbox.envelopes] == [["ann@lab.example"], ["ben@lab.example"]]
    assert len({mail["Message-ID"] for mail in inbox.mails}) == 1
    assert (receipt.recipients, [no["address"] for no in receipt.refused]) == (
        ["ann@lab.example", "ben@lab.example"],
        ["cat@lab.example"],
    )


def test_the_last_attempt_says_who_never_got_it_instead_of_failing_for_all(
    database: Engine, inbox: Inbox, serve: Serve
) -> None:
    inbox.recipient_answers = {"ben@lab.example": "450 4.2.0 greylisted"}
    receipt = send(database, Smtp("127.0.0.1", serve("plain")), SENDER, MAIL, last=True)
    assert (receipt.recipients, receipt.refused[0]["word"]) == (["ann@lab.example"], "deferred")


def test_a_job_that_is_run_again_by_hand_tries_whom_the_server_refused(
    database: Engine, inbox: Inbox, serve: Serve
) -> None:
    server = Smtp("127.0.0.1", serve("plain"))
    inbox.recipient_answers = {"ben@lab.example": "550 unknown"}
    send(database, server, SENDER, MAIL)
    inbox.recipient_answers = {}
    assert send(database, server, SENDER, MAIL).recipients == ["ann@lab.example", "ben@lab.example"]
    assert [envelope.rcpt_tos for envelope in inbox.envelopes] == [["ann@lab.example"], ["ben@lab.example"]]


def test_a_mail_larger_than_the_server_takes_is_not_sent_at_all(database: Engine, inbox: Inbox, serve: Serve) -> None:
    large = replace(MAIL, attachments=(Attachment("x.bin", bytes(200_000)),))
    with pytest.raises(Undeliverable, match=r"too_large: .* takes 100,000 bytes, the mail has 2\d\d,\d{3}"):
        send(database, Smtp("127.0.0.1", serve("plain", size=100_000)), SENDER, large)
    assert inbox.mails == []


def test_a_mail_without_a_permit_is_not_given_to_the_server(database: Engine, inbox: Inbox, serve: Serve) -> None:
    def no() -> None:
        raise RateLimited(30.0)

    port = serve("plain")
    with pytest.raises(RateLimited):
        send(database, Smtp("127.0.0.1", port, permit=no), SENDER, MAIL)
    assert inbox.mails == []
    assert send(database, Smtp("127.0.0.1", port, permit=lambda: None), SENDER, MAIL).repeated is False


def test_dots_and_letters_of_every_language_arrive_over_seven_bits(
    database: Engine, inbox: Inbox, serve: Serve
) -> None:
    text = ".first\n..second\nüber 10 µW/cm², 电池\n"
    send(database, Smtp("127.0.0.1", serve("plain")), SENDER, replace(MAIL, text=text, html=None, attachments=()))
    assert inbox.mails[0].get_content().splitlines() == text.splitlines()
    assert inbox.envelopes[0].content.isascii()


def test_a_server_that_is_not_there_may_be_tried_again(database: Engine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(Transient, match=f"127.0.0.1:{port}"):
            send(database, Smtp("127.0.0.1", port, timeout=2), SENDER, MAIL)


def test_a_repeated_job_sends_nothing_and_gets_the_first_receipt(database: Engine, inbox: Inbox, serve: Serve) -> None:
    server = Smtp("127.0.0.1", serve("plain"))
    first, second = send(database, server, SENDER, MAIL), send(database, server, SENDER, MAIL)
    assert len(inbox.mails) == 1
    assert (first.repeated, second.repeated) == (False, True)
    assert first.message_id == second.message_id
    assert send(database, server, SENDER, Mail(("a@b.c",), "x", "y", key="job-2")).repeated is False
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(SentMailRow)) == 2


@pytest.mark.parametrize("goodbye", ["421 4.3.2 shutting down", "250 OK", "500 what?"])
def test_a_mail_that_was_taken_is_sent_whatever_the_server_says_goodbye_with(
    database: Engine, inbox: Inbox, serve: Serve, goodbye: str
) -> None:
    inbox.goodbye = goodbye
    server = Smtp("127.0.0.1", serve("plain"))
    assert send(database, server, SENDER, MAIL).repeated is False
    assert send(database, server, SENDER, MAIL).repeated is True
    inbox.answer = "550 5.7.1 no"
    with pytest.raises(Undeliverable, match="policy"):
        send(database, server, SENDER, replace(MAIL, key="job-2"))
    assert len(inbox.mails) == 1


def test_without_a_server_mail_becomes_one_file_that_mail_programs_open(database: Engine, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "mail")
    receipt = send(database, folder, SENDER, MAIL)
    folder.deliver(build(MAIL, SENDER), ["ann@lab.example"])
    (path,) = folder.path.iterdir()
    assert path.suffix == ".eml"
    mail = message_from_bytes(path.read_bytes(), policy=default)
    assert (mail["Subject"], mail["Message-ID"]) == (MAIL.subject, receipt.message_id)
    assert receipt.transport == "folder"


def test_attachments_have_a_limit(database: Engine, tmp_path: Path) -> None:
    large = Mail(("a@b.c",), "x", "y", "k", attachments=(Attachment("x.bin", bytes(20_000_001)),))
    with pytest.raises(MailRefused, match="20,000,000 bytes together, got 20,000,001"):
        send(database, Folder(tmp_path), SENDER, large)


def test_the_same_key_gives_the_same_message_id() -> None:
    one, two, other = (build(Mail(("a@b.c",), "x", "y", key), SENDER)["Message-ID"] for key in ("k", "k", "l"))
    assert one == two != other
    assert one.endswith("@lab.example>")
