"""The guarded client: for every call to an address that a user has given."""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
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
EXCERPT: Final = 200


@dataclass(frozen=True)
class Guard:
    """What may be called: public addresses, and what is allowed besides; `verify` trusts an authority of one's own."""

    allow: Allowed = Allowed()
    resolve: Resolve = field(default=look_up, repr=False)
    verify: ssl.SSLContext | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """How a server answered: no body but an excerpt, so that nobody reads through us what he may not reach."""

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
        timeout=httpx2.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds)),
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": f"Callboard/{__version__}", "Accept-Encoding": "identity"},
    )


def post(guard: Guard, url: str, body: bytes, headers: Mapping[str, str], seconds: float = SECONDS) -> Answer:
    """Send a body and say how it was answered; a redirect is an answer like others and is not followed.

    Raises OutboundRefused for a target that may not be called, httpx2.TransportError when there is no answer in time.
    """
    checked_target(url, guard.allow)
    started = time.monotonic()
    with (
        guarded_client(guard, seconds) as client,
        client.stream("POST", url, content=body, headers=dict(headers)) as reply,
    ):
        excerpt = "" if reply.is_success else _excerpt(reply)
        return Answer(reply.status_code, dict(reply.headers), excerpt, time.monotonic() - started)


def _excerpt(reply: httpx2.Response) -> str:
    """The first words of an answer, on one line; of a body without end only what fits is read."""
    start = b""
    try:
        for chunk in reply.iter_raw():
            start += chunk
            if len(start) >= EXCERPT * 4:
                break
    except httpx2.TransportError:
        pass  # the status says what matters, with or without the rest of the body
    text = "".join(c if c.isprintable() else " " for c in start.decode("utf-8", "replace"))
    return " ".join(text.split())[:EXCERPT]
