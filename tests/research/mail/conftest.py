"""A real SMTP server on loopback, with TLS by an authority of the test's own."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass
class Inbox:
    """What the server took; `answer` and `recipient_answer` make it refuse."""

    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[Any] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    answer: str = "250 OK"
    recipient_answers: dict[str, str] = field(default_factory=dict)
    goodbye: str = "221 Bye"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802
        """Take or refuse a recipient."""
        answer = self.recipient_answers.get(address, "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take or refuse a mail: with the next of `answers`, and when they are used up with `answer`."""
        if self.answers:
            return self.answers.pop(0)
        if self.answer.startswith("2"):
            self.mails.append(message_from_bytes(envelope.content, policy=default))
            self.envelopes.append(envelope)
            self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
        return self.answer

    async def handle_QUIT(self, _server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802
        """Say goodbye."""
        return self.goodbye

    def log_in(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        """Let in whoever knows the password."""
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"correct horse", handled=False)


class Server(Controller):
    """A controller that takes any free port."""

    def _trigger_server(self) -> None:
        listening: Any = self.server
        self.port = listening.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    """A client's context that trusts the test's authority, and nobody else."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    authority.configure_trust(context)
    return context


@pytest.fixture
def serve(inbox: Inbox, authority: trustme.CA) -> Iterator[Callable[..., int]]:
    """Start a server and return its port: `plain`, `starttls`, `tls`, with or without a login."""
    servers: list[Server] = []
    certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(certificate)

    def start(mode: str, login: bool = False, size: int | None = None) -> int:
        options: dict[str, Any] = {"hostname": "127.0.0.1", "port": 0}
        if size:
            options["data_size_limit"] = size
        if mode == "tls":
            options["ssl_context"] = certificate
        if mode == "starttls":
            options |= {"tls_context": certificate, "require_starttls": True}
        if login:
            # The server does not count TLS from the first byte as TLS.
            options |= {
                "authenticator": inbox.log_in,
                "auth_required": mode == "starttls",
                "auth_require_tls": mode != "tls",
            }
        server = Server(inbox, **options)
        server.start()
        servers.append(server)
        return int(server.port)

    yield start
    for server in servers:
        server.stop()
