"""A WebSocket (RFC 6455) over the socket of a request: the protocol is wsproto's, one thread reads and writes."""

from __future__ import annotations

import contextlib
import selectors
import socket
import time
from collections.abc import Iterator
from typing import Any, Final

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

LONGEST_MESSAGE: Final = 65_536
NORMAL: Final = 1000
GOING_AWAY: Final = 1001
BAD_MESSAGE: Final = 1007
NOT_ALLOWED: Final = 1008
TOO_BIG: Final = 1009
TRY_LATER: Final = 1013


class Closed(Exception):
    """Raised when the other side has left, or was told to."""


class Connection:
    """One open WebSocket; another thread may `ring` to end a wait. Raises Closed from all that talks to the peer."""

    def __init__(self, given: socket.socket, environ: dict[str, Any]) -> None:
        self._socket = given
        self._protocol = WSConnection(ConnectionType.SERVER)
        self._text = ""
        self._bell, self._rung = socket.socketpair()
        self._rung.setblocking(False)
        self._bell.setblocking(False)
        self.heard_at = time.monotonic()
        try:
            self._accept(environ)
        except Closed:
            self.release()
            raise

    def _accept(self, environ: dict[str, Any]) -> None:
        self._receive(_request(environ))
        if not any(isinstance(event, Request) for event in self._protocol.events()):
            raise Closed("this is no WebSocket")
        self._write(AcceptConnection())

    def ring(self) -> None:
        """Let `messages` return at once."""
        with contextlib.suppress(OSError):
            self._rung.send(b"!")

    def messages(self, seconds: float) -> Iterator[str]:
        """What the client says within so many seconds, or until it says something or the bell rings."""
        with selectors.PollSelector() as waiting:
            waiting.register(self._socket, selectors.EVENT_READ)
            waiting.register(self._bell, selectors.EVENT_READ)
            ready = [key.fileobj for key, _ in waiting.select(max(0.0, seconds))]
        if self._bell in ready:
            with contextlib.suppress(OSError):
                self._bell.recv(4096)
        if self._socket in ready:
            self._receive(self._read())
            for event in self._protocol.events():
                yield from self._take(event)

    def _read(self) -> bytes:
        try:
            data = self._socket.recv(16_384)
        except OSError as error:
            raise Closed(str(error)) from None
        if not data:
            raise Closed("the client is gone")
        self.heard_at = time.monotonic()
        return data

    def _receive(self, data: bytes) -> None:
        try:
            self._protocol.receive_data(data)
        except RemoteProtocolError as error:
            if error.event_hint is not None and not isinstance(error.event_hint, RejectConnection):
                self._write(error.event_hint)
            raise Closed(str(error)) from None

    def _take(self, event: Event) -> Iterator[str]:
        if isinstance(event, Ping):
            self._write(event.response())
        elif isinstance(event, CloseConnection):
            with contextlib.suppress(LocalProtocolError):
                self._write(event.response())
            raise Closed("the client has left")
        elif isinstance(event, BytesMessage):
            self.close(BAD_MESSAGE, "text was expected")
        elif isinstance(event, TextMessage):
            self._text += event.data
            if len(self._text) > LONGEST_MESSAGE:
                self.close(TOO_BIG, f"messages may have {LONGEST_MESSAGE} characters")
            if event.message_finished:
                text, self._text = self._text, ""
                yield text

    def send(self, text: str) -> None:
        """Send a message."""
        self._write(TextMessage(data=text))

    def ping(self) -> None:
        """Ask whether the client is still there."""
        self._write(Ping())

    def close(self, code: int, reason: str = "") -> None:
        """Say why it is over. Raises Closed, always."""
        with contextlib.suppress(LocalProtocolError):
            self._write(CloseConnection(code=code, reason=reason[:120]))
        raise Closed(reason)

    def _write(self, event: Event) -> None:
        try:
            self._socket.sendall(self._protocol.send(event))
        except OSError as error:
            raise Closed(str(error)) from None

    def release(self) -> None:
        """Give up what it holds besides the connection, which is the server's."""
        self._bell.close()
        self._rung.close()


def _request(environ: dict[str, Any]) -> bytes:
    """The request as the protocol wants to read it, after the server has."""
    headers = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
    lines = [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(["GET / HTTP/1.1", *lines, "", ""]).encode("latin-1", "replace")
