"""Handing a mail to an SMTP server, and what its refusals mean for the job."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from callboard.jobs.errors import JobSteering, Permanent, Transient

TIMEOUT = 30.0


@dataclass(frozen=True)
class Smtp:
    """An SMTP server: `secure` means TLS from the first byte, otherwise STARTTLS wherever the server offers it.

    Without a user nothing is logged in. `context` lets a test, or a lab with its own authority, trust its certificate.
    """

    host: str
    port: int = 587
    secure: bool = False
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    timeout: float = TIMEOUT
    context: ssl.SSLContext | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The word for the log of sent mails."""
        return "smtp"

    def deliver(self, message: EmailMessage) -> None:
        """Hand the mail over; raises Permanent, or Transient where another attempt may do better."""
        try:
            with self.session() as server:
                refused = server.send_message(message)
        except (smtplib.SMTPException, OSError) as error:
            raise steering_error(self, error) from error
        if refused:
            raise steering_error(self, smtplib.SMTPRecipientsRefused(refused))

    @contextmanager
    def session(self) -> Iterator[smtplib.SMTP]:
        """A connection, encrypted and logged in as far as it is asked for."""
        context = self.context or ssl.create_default_context()
        with self.connection(context) as server:
            server.ehlo()
            if not self.secure and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            if self.user:
                self.log_in(server)
            yield server

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
        server.login(self.user or "", self.password or "")


def steering_error(server: Smtp, error: Exception) -> JobSteering:
    """Permanent for what the server will say again (5xx), Transient for 4xx and for broken connections."""
    codes, said = replies(error)
    message = f"mail server {server.host}:{server.port} refused: {said}"[:600]
    if isinstance(error, ssl.SSLCertVerificationError):
        return Permanent(f"mail server {server.host}:{server.port} has a certificate we do not trust: {said}"[:600])
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return Permanent(message)
    # Of several recipients one may be refused for good and one for now: as long as any may still work, go on.
    if codes and all(code >= 500 for code in codes):
        return Permanent(message)
    return Transient(message)


def replies(error: Exception) -> tuple[list[int], str]:
    """The codes a server answered with and what it said."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        texts = [f"{who}: {code} {readable(text)}" for who, (code, text) in error.recipients.items()]
        return [code for code, _ in error.recipients.values()], "; ".join(texts)
    if isinstance(error, smtplib.SMTPResponseException):
        return [error.smtp_code], f"{error.smtp_code} {readable(error.smtp_error)}"
    return [], str(error) or type(error).__name__


def readable(text: bytes | str) -> str:
    """What a server said, as text."""
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
