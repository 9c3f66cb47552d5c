"""The guarded client: for every call to an address that a user has given."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Final

import httpcore2
import httpx2

from callboard import __version__
from research.outbound.addresses import Allowed
from research.outbound.network import Deadline, GuardedNetwork, Resolve, look_up
from research.outbound.targets import checked_target

SECONDS: Final = 20.0
CONNECT_SECONDS: Final = 5.0
EXCERPT: Final = 1_000
# No compression: what is small on the wire could be of any size when it is unpacked.
HEADERS: Final = {"User-Agent": f"Callboard/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}


@dataclass(frozen=True)
class Guard:
    """What may be called: public addresses, and what is allowed besides; `verify` trusts an authority of one's own."""

    allow: Allowed = Allowed()
    resolve: Resolve = field(default=look_up, repr=False)
    verify: ssl.SSLContext | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a server answered; of its body only the first words, so that nobody reads others' pages through us."""

    status: int
    headers: Mapping[str, str]
    excerpt: str
    seconds: float


class GuardedTransport(httpx2.HTTPTransport):
    """The client library's transport over our network; it knows no proxy, for a proxy would connect unguarded."""

    def __init__(self, guard: Guard, deadline: Deadline) -> None:
        context = guard.verify or httpx2.create_ssl_context()
        super().__init__(verify=context)
        network = GuardedNetwork(guard.allow, guard.resolve, deadline)
        self._pool = httpcore2.ConnectionPool(ssl_context=context, network_backend=network)


def guarded_client(guard: Guard, seconds: float = SECONDS) -> httpx2.Client:
    """A client whose every connection is guarded, also those of redirects if it is told to follow them.

    All that it does together is over after so many seconds.
    """
    return httpx2.Client(
        transport=GuardedTransport(guard, Deadline(seconds)),
        timeout=_timeout(seconds),
        follow_redirects=False,
        trust_env=False,
        headers=HEADERS,
    )


def post(guard: Guard, url: str, body: bytes, headers: Mapping[str, str], seconds: float = SECONDS) -> Answer:
    """Send a body and say how it was answered; a redirect is an answer like others and is not followed.

    Raises OutboundRefused for a target that may not be called, httpx2.TransportError when there is no answer in time.
    """
    checked_target(url, guard.allow)
    started = time.monotonic()
    limits = {"timeout": _timeout(seconds).as_dict()}
    request = httpx2.Request("POST", url, content=body, headers=HEADERS | dict(headers), extensions=limits)
    # Not by a client, for that logs every URL that it calls, and the key in it.
    with GuardedTransport(guard, Deadline(seconds)) as transport, closing(transport.handle_request(request)) as reply:
        excerpt = "" if reply.is_success else _excerpt(reply)
        return Answer(reply.status_code, dict(reply.headers), excerpt, time.monotonic() - started)


def _timeout(seconds: float) -> httpx2.Timeout:
    return httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))


def _excerpt(reply: httpx2.Response) -> str:
    """The first words of an answer, on one line; of a body without end only what fits is read."""
    start = b""
    try:
        for chunk in reply.iter_raw():
            start += chunk
            if len(start) >= EXCERPT:
                break
    except httpx2.TransportError:
        pass  # the status says what matters, with or without the rest of the body
    text = "".join(c if c.isprintable() else " " for c in start.decode("utf-8", "replace"))
    return " ".join(text.split())[:EXCERPT]
