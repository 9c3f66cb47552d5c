"""The other end of a stream: whether it is still there, and how to be rid of it."""

from __future__ import annotations

import contextlib
import select
import socket
from dataclasses import dataclass
from typing import Any, Final

SOCKETS: Final = ("gunicorn.socket", "werkzeug.socket")


@dataclass(frozen=True, slots=True)
class Peer:
    """The connection of a client, which its own thread may be busy writing to."""

    socket: socket.socket

    def gone(self) -> bool:
        """Whether the client has closed its end; a thread that only writes would hear of it much later."""
        try:
            poll = select.poll()
            poll.register(self.socket, select.POLLIN)
            return bool(poll.poll(0)) and not self.socket.recv(1, socket.MSG_PEEK)
        except (OSError, ValueError):
            return True

    def cut(self) -> None:
        """End the connection, also for a thread that waits for room to write."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)


def can_be_taken(environ: dict[str, Any]) -> bool:
    """Whether the connection of a request can be had: not with TLS, whose state the server keeps, nor of greenlets."""
    return type(environ.get("gunicorn.socket")) is socket.socket and environ["REQUEST_METHOD"] == "GET"


def taken(environ: dict[str, Any]) -> socket.socket:
    """The connection of a request, taken away from the server.

    The server must be told that there is no answer, with StopIteration; what it still does with its own
    socket object comes to nothing.
    """
    return socket.socket(fileno=environ["gunicorn.socket"].detach())


def peer_of(environ: dict[str, Any]) -> Peer | None:
    """The other end of a request, None where the server does not tell its socket."""
    found = next((environ[name] for name in SOCKETS if name in environ), None)
    return Peer(found) if found is not None else None
