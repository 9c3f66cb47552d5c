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


def peer_of(environ: dict[str, Any]) -> Peer | None:
    """The other end of a request, None where the server does not tell its socket."""
    found = next((environ[name] for name in SOCKETS if name in environ), None)
    return Peer(found) if found is not None else None
