"""Sending a mail once, however often its job runs."""

import hashlib
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Protocol

from sqlalchemy import Engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from callboard.history.database import reading, writing
from research.column_types import storable
from research.mail.message import Mail, build
from research.models import SentMailRow, now


class Transport(Protocol):
    """Somewhere a mail can be handed over: `Smtp` or `Folder`."""

    @property
    def name(self) -> str:
        """The word for the log of sent mails."""

    def deliver(self, message: EmailMessage) -> None:
        """Hand the mail over; raises Permanent or Transient."""


@dataclass(frozen=True)
class Receipt:
    """What became of a mail: `repeated` says that it had been sent before and was not sent again."""

    message_id: str
    recipients: list[str]
    subject: str
    transport: str
    repeated: bool


def send(engine: Engine, transport: Transport, sender: str, mail: Mail) -> Receipt:
    """Send a mail unless one with its key was sent; raises Permanent (also for bad addresses) or Transient.

    Only a crash between the server's answer and the note of it, or two workers at the same mail at the same moment,
    make it go out twice; both then carry the same Message-ID.
    """
    message = build(mail, sender)
    with reading(engine) as session:
        if before := session.get(SentMailRow, stored_key(mail.key)):
            return receipt(before, repeated=True)
    transport.deliver(message)
    with writing(engine) as session:
        note(session, mail, message, transport.name)
        return receipt(session.get_one(SentMailRow, stored_key(mail.key)), repeated=False)


def stored_key(key: str) -> str:
    """The key as it is stored: keys of callers may be of any length."""
    return hashlib.sha256(key.encode()).hexdigest()


def note(session: Session, mail: Mail, message: EmailMessage, transport: str) -> None:
    """Write down that a mail was handed over; of two at once the first note stays."""
    values = {
        "key": stored_key(mail.key),
        "message_id": str(message["Message-ID"]),
        "recipients": [entry.addr_spec for entry in message["To"].addresses],
        "subject": storable(mail.subject),
        "template": mail.template,
        "transport": transport,
        "sent_at": now(),
    }
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(SentMailRow).values(**values).on_conflict_do_nothing(index_elements=["key"]))


def receipt(row: SentMailRow, *, repeated: bool) -> Receipt:
    """The receipt for a noted mail."""
    return Receipt(row.message_id, list(row.recipients), row.subject, row.transport, repeated)
