"""What became of a mail at each of its recipients, so that a repeat reaches only those who have not got it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, Text, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from research.column_types import UtcDateTime, storable
from research.mail.refusals import PASSING, Refusal
from research.models import Model, now

SENT = "sent"


class MailRecipientRow(Model):
    """One recipient of one mail: `word` is `sent` or the word of a refusal, `code` and `status` are the server's."""

    __tablename__ = "mail_recipients"
    __table_args__ = (Index(None, "address", "at"),)

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    address: Mapped[str] = mapped_column(String(254), primary_key=True)
    word: Mapped[str] = mapped_column(String(20))
    code: Mapped[int | None] = mapped_column(Integer)
    status: Mapped[str | None] = mapped_column(String(12))
    said: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


@dataclass(frozen=True)
class Fate:
    """What became of a mail at one recipient."""

    address: str
    word: str
    code: int | None = None
    status: str | None = None
    said: str | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing more is tried for this recipient: the mail is there, or will never be taken."""
        return self.word not in PASSING


def fates_after(recipients: Sequence[str], refused: Mapping[str, Refusal]) -> list[Fate]:
    """What became of the recipients of a mail that was just handed over."""
    return [fate_after(address, refused.get(address)) for address in recipients]


def fate_after(address: str, no: Refusal | None) -> Fate:
    """What became of one recipient, who was refused or not."""
    return Fate(address, no.word, no.code, no.status, no.said) if no else Fate(address, SENT)


def known_fates(session: Session, key: str) -> dict[str, Fate]:
    """What is known of the recipients of a mail from earlier attempts, by address."""
    rows = session.scalars(select(MailRecipientRow).where(MailRecipientRow.key == key))
    return {row.address: Fate(row.address, row.word, row.code, row.status, row.said) for row in rows}


def note_fates(session: Session, key: str, fates: Iterable[Fate]) -> None:
    """Write down what became of recipients, over what was noted of them before."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    for fate in fates:
        said = storable(fate.said) if fate.said else None
        values: dict[str, Any] = {"word": fate.word, "code": fate.code, "status": fate.status, "said": said}
        statement = dialect.insert(MailRecipientRow).values(key=key, address=fate.address, at=now(), **values)
        # Who has got the mail has got it, whatever a second worker at the same mail was told afterwards.
        unsent = MailRecipientRow.word != SENT
        changed = {**values, "at": now()}
        session.execute(statement.on_conflict_do_update(index_elements=["key", "address"], set_=changed, where=unsent))
