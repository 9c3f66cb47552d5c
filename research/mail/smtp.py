"""Handing a mail to an SMTP server, recipient by recipient, and what its refusals mean for the job."""

import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage

from callboard.jobs.errors import JobSteering, Permanent, Transient
from research.mail.errors import Deferred, Undeliverable
from research.mail.refusals import Refusal, refusal

TIMEOUT = 30.0
Refusals = dict[str, Refusal]


@dataclass(frozen=True)
class Smtp:
    """An SMTP server: `secure` means TLS from the first byte, otherwise STARTTLS wherever the server offers it.

    Without a user nothing is logged in. `context` lets a test trust its own certificate; a lab with an authority of
    its own names it in SSL_CERT_FILE. `permit` is called the moment before the server is given the mail.
    """

    host: str
    port: int = 587
    secure: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = TIMEOUT
    context: ssl.SSLContext | None = field(default=None, repr=False)
    permit: Callable[[], None] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The word for the log of sent mails."""
        return "smtp"

    def deliver(self, message: EmailMessage, recipients: Sequence[str]) -> Refusals:
        """Hand the mail over for some recipients; returns those of them that the server refused, and why.

        Raises Undeliverable or Deferred where the server refuses all of it, Permanent or Transient where there is no
        talking to it, and whatever `permit` raises; nobody has got the mail then.
        """
        try:
            with self.session() as server:
                return hand_over(server, message, recipients, self.permit or no_limit)
        except (smtplib.SMTPException, OSError) as error:
            raise steering_error(self, error) from error

    @contextmanager
    def session(self) -> Iterator[smtplib.SMTP]:
        """A connection, encrypted and logged in as far as it is asked for."""
        context = self.context or ssl.create_default_context()
        server = self.connection(context)
        try:
            server.ehlo_or_helo_if_needed()
            if not self.secure and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo_or_helo_if_needed()
            if self.user:
                self.log_in(server)
            yield server
        finally:
            leave(server)

    def connection(self, context: ssl.SSLContext) -> smtplib.SMTP:
        """The connection alone."""
        if self.secure:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout, context=context)
        return smtplib.SMTP(self.host, self.port, timeout=self.timeout)

    def log_in(self, server: smtplib.SMTP) -> None:
        """Log in, but never send a password that everybody on the way could read."""
        if not isinstance(server.sock, ssl.SSLSocket):
            raise Permanent(
                f"{self.host}:{self.port} offers no encryption, and the password is not sent without: "
                "set SMTP_SECURE=true and the port for TLS, or leave SMTP_USER empty"
            )
        try:
            server.login(self.user or "", self.password or "")
        except smtplib.SMTPAuthenticationError as error:
            raise no_to_all(refusal(error.smtp_code, error.smtp_error, "login"), f"user {self.user!r}") from None


def leave(server: smtplib.SMTP) -> None:
    """Say goodbye; whatever is answered, a mail that was taken by then is taken, and one that was refused is refused.

    `with` of smtplib would raise for any answer but 221, and the mail would go out once more.
    """
    with suppress(smtplib.SMTPException, OSError):
        server.quit()
    server.close()


def no_limit() -> None:
    """The permit of who may send as much as he likes."""


def hand_over(
    server: smtplib.SMTP, message: EmailMessage, recipients: Sequence[str], permit: Callable[[], None]
) -> Refusals:
    """One mail over a connection; the recipients that were refused. Raises Undeliverable or Deferred for all of it."""
    content = as_sent(message)
    name_sender(server, message["From"].addresses[0].addr_spec, len(content))
    refused: Refusals = {}
    for recipient in recipients:
        code, said = server.rcpt(recipient)
        if code not in (250, 251):
            refused[recipient] = refusal(code, said, "recipient")
    if len(refused) < len(recipients):
        give_content(server, content, permit)
    return refused


def as_sent(message: EmailMessage) -> bytes:
    """The bytes between DATA and the final dot (RFC 5321, section 4.5.2)."""
    content = re.sub(rb"(?m)^\.", b"..", message.as_bytes())
    return content if content.endswith(b"\r\n") else content + b"\r\n"


def name_sender(server: smtplib.SMTP, sender: str, size: int) -> None:
    """Begin a mail. Raises Undeliverable, before anything is sent, for one that is larger than the server takes."""
    most = server.esmtp_features.get("size", "")
    if most.isdecimal() and 0 < int(most) < size:
        said = f"the server takes {int(most):,} bytes, the mail has {size:,} with its attachments"
        raise no_to_all(refusal(552, f"5.3.4 {said}", "sender"), "the mail")
    code, said_to_sender = server.mail(sender, [f"size={size}"] if server.has_extn("size") else [])
    if code != 250:
        raise no_to_all(refusal(code, said_to_sender, "sender"), f"the sender {sender}")


def give_content(server: smtplib.SMTP, content: bytes, permit: Callable[[], None]) -> None:
    """The mail itself. Raises Undeliverable, Deferred, and what `permit` raises, with the mail not given then."""
    code, said = server.docmd("DATA")
    try:
        if code == 354:
            server.send(content)
            # A server has no mail before the final dot, and has it then: whatever took long is over by now.
            permit()
            server.send(b".\r\n")
            code, said = server.getreply()
    except BaseException:
        # Anything sent now, a QUIT too, would be a line of the mail.
        server.close()
        raise
    if code != 250:
        raise no_to_all(refusal(code, said, "content"), "the mail")


def no_to_all(no: Refusal, what: str) -> JobSteering:
    """The error for a no that concerns everybody."""
    error = Deferred if no.passing else Undeliverable
    return error(f"{no.word}: the mail server refused {what}: {no}{advice(no)}")


def advice(no: Refusal) -> str:
    """What to do about it."""
    return {
        "login": "; check SMTP_USER and SMTP_PASS",
        "sender": "; FROM_EMAIL must be an address that this server may send for",
    }.get(no.word, "")


def steering_error(server: Smtp, error: Exception) -> JobSteering:
    """What an error of the connection means: Permanent for what the server will say again, else Transient."""
    where = f"mail server {server.host}:{server.port}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return Permanent(f"{where} has a certificate we do not trust: {error}"[:600])
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Permanent(f"{where} cannot do what is needed: {error}"[:600])
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
        return no_to_all(refusal(error.smtp_code, error.smtp_error, "connection"), "the connection")
    return Transient(f"{where} was not reached, or left: {str(error) or type(error).__name__}"[:600])
