"""Sending a mail once to each of its recipients, however often its job runs."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from typing import Any, Protocol

from sqlalchemy import Engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from callboard.history.database import reading, writing
from research.column_types import storable
from research.mail.errors import Deferred, Undeliverable
from research.mail.fates import SENT, Fate, fates_after, known_fates, note_fates
from research.mail.message import Mail, build
from research.mail.refusals import Refusal
from research.models import SentMailRow, now


class Transport(Protocol):
    """Somewhere a mail can be handed over: `Smtp` or `Folder`."""

    @property
    def name(self) -> str:
        """The word for the log of sent mails."""

    def deliver(self, message: EmailMessage, recipients: Sequence[str]) -> dict[str, Refusal]:
        """Hand the mail over for some recipients; those refused of them. Raises Permanent or Transient for all."""


@dataclass(frozen=True)
class Receipt:
    """What became of a mail: who got it, and who did not and why.

    `repeated` says that an earlier attempt had sent it, and that this one had nobody left to send it to.
    """

    message_id: str
    recipients: list[str]
    refused: list[dict[str, Any]]
    subject: str
    transport: str
    repeated: bool


def send(engine: Engine, transport: Transport, sender: str, mail: Mail, *, last: bool = False) -> Receipt:
    """Send a mail to those of its recipients who have neither got it in an earlier attempt nor were refused for good.

    While the refusal of some recipient may pass, the attempt fails, unless it is the `last` one and somebody has got
    the mail. Raises Permanent (also for bad addresses), Transient, Undeliverable and Deferred.

    Only a crash between the server's answer and the note of it, or two workers at the same mail at the same moment,
    make it go out twice; both then carry the same Message-ID.
    """
    message, key = build(mail, sender), stored_key(mail.key)
    everybody = [entry.addr_spec for entry in message["To"].addresses]
    with reading(engine) as session:
        known = known_fates(session, key)
    left = still_to_reach(everybody, known)
    if left:
        refused = transport.deliver(message, left)
        with writing(engine) as session:
            note_fates(session, key, fates_after(left, refused))
            if len(refused) < len(left):
                note(session, mail, message, transport.name)
            known = known_fates(session, key)
    fates = [known[address] for address in everybody]
    raise_unless_done(fates, last)
    return receipt(message, fates, transport.name, repeated=not left)


def still_to_reach(everybody: Sequence[str], known: Mapping[str, Fate]) -> list[str]:
    """To whom this attempt goes: those who have not got the mail, and were not refused for good.

    Where none is left, somebody has run the job again by hand: then all who have not got it.
    """
    open_ = [address for address in everybody if address not in known or not known[address].settled]
    return open_ or [address for address in everybody if known[address].word != SENT]


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


def raise_unless_done(fates: Sequence[Fate], last: bool) -> None:
    """Raise Deferred while another attempt may reach somebody, and Undeliverable when nobody can be reached."""
    got = [fate for fate in fates if fate.word == SENT]
    waiting = [fate for fate in fates if not fate.settled]
    if waiting and not (last and got):
        missed = f"{len(waiting)} of {len(fates)} recipients" if len(fates) > 1 else "the recipient"
        raise Deferred(f"{waiting[0].word}: the mail server does not take the mail for {missed} yet: {told(waiting)}")
    if not got:
        whom = "every recipient" if len(fates) > 1 else "the recipient"
        raise Undeliverable(f"{fates[0].word}: the mail server refused {whom}: {told(fates)}")


def told(fates: Iterable[Fate]) -> str:
    """Who was refused, with what was said."""
    return "; ".join(f"{fate.address}: {fate.code} {fate.said}" for fate in fates)[:1_000]


def receipt(message: EmailMessage, fates: Sequence[Fate], transport: str, *, repeated: bool) -> Receipt:
    """The receipt for a mail that somebody has got."""
    got = [fate.address for fate in fates if fate.word == SENT]
    refused = [asdict(fate) for fate in fates if fate.word != SENT]
    return Receipt(str(message["Message-ID"]), got, refused, str(message["Subject"]), transport, repeated)
