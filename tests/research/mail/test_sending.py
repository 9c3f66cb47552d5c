"""Sending mail to a real server, and each mail once."""

import socket
import ssl
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from callboard.history.database import reading
from callboard.jobs.errors import Permanent, Transient
from research.mail.addresses import MailRefused
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
    port = serve(mode, login=mode == "starttls")
    user, password = ("ann", "correct horse") if mode == "starttls" else (None, None)
    send(database, Smtp("127.0.0.1", port, secure, user, password, context=trusting), SENDER, MAIL)
    assert inbox.encrypted == [True]
    assert inbox.logins == ([(b"ann", b"correct horse")] if mode == "starttls" else [])


def test_a_wrong_password_is_final_and_not_repeated_in_the_error(
    database: Engine, serve: Serve, trusting: ssl.SSLContext
) -> None:
    server = Smtp("127.0.0.1", serve("starttls", login=True), False, "ann", "sk-CANARY", context=trusting)
    with pytest.raises(Permanent, match="535") as caught:
        send(database, server, SENDER, MAIL)
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


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ("451 4.3.0 try later", Transient),
        ("421 too busy", Transient),
        ("552 too big", Permanent),
        ("554 spam", Permanent),
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
        ({"ann@lab.example": "550 unknown", "ben@lab.example": "550 unknown"}, Permanent),
        ({"ann@lab.example": "450 greylisted", "ben@lab.example": "550 unknown"}, Transient),
    ],
)
def test_refused_recipients_are_named(
    database: Engine, inbox: Inbox, serve: Serve, answers: dict[str, str], error: type[Exception]
) -> None:
    inbox.recipient_answers = answers
    with pytest.raises(error, match=r"ann@lab\.example: \d+ .*; ben@lab\.example: 550 unknown"):
        send(database, Smtp("127.0.0.1", serve("plain")), SENDER, MAIL)


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


def test_without_a_server_mail_becomes_one_file_that_mail_programs_open(database: Engine, tmp_path: Path) -> None:
    folder = Folder(tmp_path / "mail")
    receipt = send(database, folder, SENDER, MAIL)
    folder.deliver(build(MAIL, SENDER))
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
