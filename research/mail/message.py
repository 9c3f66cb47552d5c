"""Building a mail: headers, text, HTML and attachments."""

import hashlib
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from research.mail.addresses import MailRefused, address, header, recipients

MOST_ATTACHED_BYTES = 20_000_000
# Not every server on the way takes bytes above 127, so nothing needs them.
WIRE = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """What is to be sent, to whom; `key` is the same for every attempt to send the same mail."""

    to: tuple[str, ...]
    subject: str
    text: str
    key: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    template: str | None = None


def build(mail: Mail, sender: str) -> EmailMessage:
    """The mail as it goes over the wire; raises MailRefused for what does not belong in a header."""
    origin = address(sender, "sender")
    message = EmailMessage(policy=WIRE)
    message["From"] = origin
    message["To"] = recipients(list(mail.to))
    message["Subject"] = header(mail.subject, "subject")
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = message_id(mail.key, origin.domain)
    # Asks the robots of recipients not to answer.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    if mail.html:
        message.add_alternative(mail.html, subtype="html")
    attach(message, mail.attachments)
    return message


def message_id(key: str, domain: str) -> str:
    """The id of a mail, the same for the same key, so that a repeat can be recognised wherever it arrives."""
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:32]}@{domain}>"


def attach(message: EmailMessage, attachments: Sequence[Attachment]) -> None:
    """Add the files, each under its own name and type."""
    size = sum(len(attachment.content) for attachment in attachments)
    if size > MOST_ATTACHED_BYTES:
        raise MailRefused(f"attachments may have {MOST_ATTACHED_BYTES:,} bytes together, got {size:,}")
    for attachment in attachments:
        kind = mimetypes.guess_type(attachment.name)[0] or "application/octet-stream"
        main, sub = kind.split("/", 1)
        name = header(attachment.name, "attachment name")
        message.add_attachment(attachment.content, maintype=main, subtype=sub, filename=name)
