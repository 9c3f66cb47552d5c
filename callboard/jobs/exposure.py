"""Which settings would lay a board open to strangers: what serves people refuses to start with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from callboard.jobs.settings import Settings, SettingsError

# Words of which secrets are made in examples, and that everybody tries first.
WELL_KNOWN: Final = re.compile(
    r"0?123456789|12345678|1234|abcdefghijklmnopqrstuvwxyz|qwertyuiop|asdfghjkl|"
    r"change|replace|default|example|insecure|secret|password|passwd|token|callboard|dramatiq|please|super|"
    r"this|your|with|must|here|test|demo|key|me|my|is|be|to|[^0-9a-z]"
)
LEAST_LEFT: Final = 16
MAKE_ONE: Final = "`openssl rand -hex 32` makes one"


def require_safe_settings(settings: Settings) -> None:
    """Refuse settings that would lay the board open. Raises SettingsError, which lists every problem at once."""
    if problems := list(exposures(settings)):
        raise SettingsError(problems)


def exposures(settings: Settings) -> Iterator[str]:
    """One line for each thing that strangers could make use of, with what to do about it."""
    yield from _of_redis(settings)
    if settings.web_secret and len(WELL_KNOWN.sub("", settings.web_secret.lower())) < LEAST_LEFT:
        yield f"CALLBOARD_SECRET: expected one that nobody can guess, got well-known words; {MAKE_ONE}"
    if not is_local(settings.bind):
        yield from _beyond_this_machine(settings)


def is_local(host: str) -> bool:
    """Whether a host is this machine, whatever the network says."""
    name = host.strip("[]").lower()
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _beyond_this_machine(settings: Settings) -> Iterator[str]:
    because = f"because CALLBOARD_BIND is {settings.bind}"
    if settings.web_secret is None:
        yield f"CALLBOARD_SECRET: expected a secret {because}, got none; {MAKE_ONE}"
    if not settings.allow_plain_http and not (settings.public_url or "").startswith("https://"):
        got = settings.public_url or "none"
        yield (
            f"CALLBOARD_PUBLIC_URL: expected an https:// address {because}, got {got}; "
            "or set CALLBOARD_ALLOW_PLAIN_HTTP=true where nobody can listen in"
        )
    if settings.open_loopback:
        yield f"CALLBOARD_OPEN_LOOPBACK: expected false {because}, got true; make tokens"
    if settings.failpoints:
        yield f"FAILPOINT: expected none {because}, got some; it is for tests"


def _of_redis(settings: Settings) -> Iterator[str]:
    if settings.embedded or settings.allow_open_redis:
        return
    host, password = _redis(settings)
    if not password and not is_local(host):
        yield (
            f"REDIS_PASSWORD: expected one because Redis is on {host}, got none: who reaches it can run any job; "
            "or set CALLBOARD_ALLOW_OPEN_REDIS=true where only these processes reach it"
        )


def _redis(settings: Settings) -> tuple[str, str | None]:
    """Host and password of the server that the settings name; a socket is on this machine."""
    if settings.redis_address is None:
        others = [host for host, _ in settings.redis_sentinel or () if not is_local(host)]
        return (others or ["localhost"])[0], settings.redis_password
    parts = urlsplit(settings.redis_address)
    return parts.hostname or "localhost", parts.password
