"""The network under the guarded client: looks a host up, judges each address, and connects to one it has judged.

The address that was judged is the one that is connected to: a name that means another address a moment later
(DNS rebinding) changes nothing. All time is counted against one deadline, so that a server that sends one byte
a second holds nobody for longer.
"""

from __future__ import annotations

import logging
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore2

from research.outbound.addresses import Allowed, refusal
from research.outbound.errors import OutboundRefused, not_allowed

Resolve = Callable[[str, int], list[str]]
# Its debug lines hold the headers of answers, which may repeat the URL with the key in it.
logging.getLogger("httpcore2").setLevel(logging.INFO)


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a host, as the system finds them; it also reads `127.1`, `0x7f000001` and `2130706433`.

    Raises OSError when there is none.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Deadline:
    """The moment at which a call must be over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, at_most: float | None = None) -> float:
        """Seconds that are left, no more than `at_most`; never 0, which would mean not to wait for sockets at all."""
        left = self._end - time.monotonic()
        return max(left if at_most is None else min(left, at_most), 0.0)


class GuardedNetwork(httpcore2.NetworkBackend):
    """Opens connections to permitted addresses, and to nothing else."""

    def __init__(self, allow: Allowed, resolve: Resolve, deadline: Deadline) -> None:
        self._allow = allow
        self._resolve = resolve
        self._deadline = deadline
        self._plain = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to the first permitted address that answers. Raises OutboundRefused, ConnectError."""
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in self._permitted(host, port):
            left = self._deadline.left(timeout)
            if not left:
                raise httpcore2.ConnectTimeout(f"no connection to {host} in time")
            try:
                stream = self._plain.connect_tcp(address, port, left, local_address, socket_options or ())
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
                continue
            return TimedStream(stream, self._deadline)
        raise failure

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None
    ) -> httpcore2.NetworkStream:
        """Never. Raises OutboundRefused."""
        raise OutboundRefused(f"{path} may not be called: it is a socket of this machine")

    def _permitted(self, host: str, port: int) -> list[str]:
        """The addresses of a host that may be called. Raises OutboundRefused when there are only others."""
        try:
            found = self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"{host} was not found: {error}") from error
        if self._allow.host(host):
            return found
        reasons = {address: refusal(address, self._allow) for address in found}
        permitted = [address for address, reason in reasons.items() if reason is None]
        if found and not permitted:
            why = ", ".join(sorted({reason for reason in reasons.values() if reason}))
            raise not_allowed(host, why)
        return permitted


class TimedStream(httpcore2.NetworkStream):
    """A connection whose every step is measured against the deadline of the whole call."""

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Bytes that have come. Raises ReadTimeout."""
        left = self._deadline.left(timeout)
        if not left:
            raise httpcore2.ReadTimeout("no whole answer in time")
        return self._stream.read(max_bytes, left)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes. Raises WriteTimeout."""
        left = self._deadline.left(timeout)
        if not left:
            raise httpcore2.WriteTimeout("the request was not taken in time")
        self._stream.write(buffer, left)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """The same connection, encrypted; the certificate must be one for the host of the URL, not for the address."""
        left = self._deadline.left(timeout)
        if not left:
            raise httpcore2.ConnectTimeout("no encryption in time")
        return TimedStream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """What the plain connection knows of itself."""
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()
