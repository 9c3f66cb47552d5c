"""Who asks: the bearer of a token, a browser with a session, or this machine where it is open."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass
from ipaddress import ip_address
from threading import Lock
from typing import Final

from flask import request, session

from callboard.history.tokens import Token, find_token, note_use, token_by_id
from web.problems import Problem
from web.services import here

SESSION: Final = "token"
TRIES_NAME: Final = "callboard.tries"
BEGUN: Final = "begun"  # another value for each session, so that no two cookies are the same
TRIES: Final = 20
PER_SECONDS: Final = 60.0
ADDRESSES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, what they may do, and how they said so: `bearer`, `session` or `open`."""

    name: str
    role: str
    by: str
    token: str | None = None

    @property
    def id(self) -> str:
        """By what one is told from the others."""
        return self.token or self.by


class Tries:
    """How often an address has sent a token that is none, within the last minute; it forgets the oldest addresses.

    Behind a proxy all come from one address: tokens that were good lately go on while somebody there is guessing.
    """

    def __init__(self) -> None:
        self._failed: OrderedDict[str, list[float]] = OrderedDict()
        self._good: OrderedDict[bytes, None] = OrderedDict()
        self._lock = Lock()

    def welcome(self, text: str) -> None:
        """Remember a token that was good."""
        with self._lock:
            self._good[_digest(text)] = None
            self._good.move_to_end(_digest(text))
            while len(self._good) > ADDRESSES:
                self._good.popitem(last=False)

    def is_welcome(self, text: str) -> bool:
        """Whether a token was good when it was seen last."""
        return _digest(text) in self._good

    def wait(self, address: str) -> float:
        """Seconds until an address may try again, none where it may now."""
        with self._lock:
            recent = self._recent(address)
            return recent[0] + PER_SECONDS - time.monotonic() if len(recent) >= TRIES else 0.0

    def note(self, address: str) -> None:
        """Count a failed try."""
        with self._lock:
            self._failed[address] = [*self._recent(address), time.monotonic()]
            self._failed.move_to_end(address)
            while len(self._failed) > ADDRESSES:
                self._failed.popitem(last=False)

    def _recent(self, address: str) -> list[float]:
        return [at for at in self._failed.get(address, ()) if at > time.monotonic() - PER_SECONDS]


def find_caller(tries: Tries) -> Caller | None:
    """Who sends this request; None for nobody. Raises Problem for a token that is none."""
    if bearer := _bearer():
        return _of_token(by_text(bearer, tries), "bearer")
    if id := session.get(SESSION):
        token = token_by_id(here().engine, str(id), here().now_ms())
        if token:
            return _of_token(token, "session")
        session.clear()
    settings = here().settings
    if settings.open_loopback and _from_this_machine():
        return Caller("this machine", "admin", "open")
    if settings.metrics_open and request.endpoint == "metrics.scrape" and _from_this_machine():
        return Caller("this machine", "viewer", "open")
    return None


def by_text(text: str, tries: Tries) -> Token:
    """The token that somebody shows. Raises Problem when it is none, or was tried too often."""
    address = request.remote_addr or ""
    if (wait := tries.wait(address)) and not tries.is_welcome(text):
        raise Problem(
            429,
            "too_many_tries",
            "too many tokens that are none came from here",
            headers={"Retry-After": f"{wait:.0f}"},
        )
    services = here()
    token = find_token(services.engine, text, services.now_ms())
    if token is None:
        tries.note(address)
        raise Problem(
            401,
            "bad_token",
            "the token is unknown, expired or revoked",
            hint="make one with `callboard token create`",
            headers={"WWW-Authenticate": 'Bearer realm="callboard", error="invalid_token"'},
        )
    tries.welcome(text)
    note_use(services.engine, token, services.now_ms())
    return token


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


def _of_token(token: Token, by: str) -> Caller:
    return Caller(token.name, token.role, by, token.id)


def _bearer() -> str | None:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if scheme.lower() == "bearer" else None


def _from_this_machine() -> bool:
    # What a proxy hands on comes from somewhere else, whatever the address of the proxy.
    forwarded = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-IP"))
    try:
        return not forwarded and ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
