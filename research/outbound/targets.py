"""URLs that users may give us to call."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from research.outbound.addresses import NONE_ALLOWED, Allowed, refusal
from research.outbound.errors import BadTarget, not_allowed

LONGEST: Final = 2_000
SCHEMES: Final = ("http", "https")


def checked_target(url: str, allow: Allowed = NONE_ALLOWED) -> str:
    """The URL if it could be called. Raises BadTarget, or OutboundRefused for an address that is no target.

    A host name is looked up, and its address judged, only when it is called: until then it may come to mean another.
    """
    parts = _split(url)
    if parts.scheme not in SCHEMES:
        raise BadTarget(f"a target begins with http:// or https://, got {parts.scheme or 'nothing'}://")
    if not parts.hostname:
        raise BadTarget("a target names a host, as in https://hooks.lab.example/jobs")
    if "@" in parts.netloc:
        raise BadTarget("a target has no login before its host; give the receiver's key in the path or the query")
    if parts.fragment:
        raise BadTarget("a target has no part after #, for that is never sent")
    if reason := _literal_refusal(parts.hostname, allow):
        raise not_allowed(parts.hostname, reason)
    return url


def shown_target(url: str) -> str:
    """The URL without what may be a secret: scheme and host, and that there was more."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "…"
    more = "/…" if parts.path.strip("/") or parts.query else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{more}"


def _split(url: str) -> SplitResult:
    """The parts of a URL. Raises BadTarget for what parsers understand differently."""
    if len(url) > LONGEST:
        raise BadTarget(f"a target has at most {LONGEST:,} characters, got {len(url):,}")
    # urlsplit drops tabs and line ends, and some parsers take a backslash for a slash: neither belongs in a URL.
    if not url.isascii() or any(not "!" <= c <= "~" or c == "\\" for c in url):
        raise BadTarget("a target is made of printable ASCII without spaces and backslashes; encode others as %XX")
    import httpx2

    try:
        parts = urlsplit(url)
        _ = parts.port
        if parts.scheme in SCHEMES:
            httpx2.URL(url)
    except (ValueError, httpx2.InvalidURL) as error:
        raise BadTarget(f"a target is a URL, got one that cannot be read: {str(error).lower()}") from None
    return parts


def _literal_refusal(host: str, allow: Allowed) -> str | None:
    """Why a host given as an address is no target; None for names, which only the call can judge."""
    try:
        ip_address(host)
    except ValueError:
        return None
    return None if allow.host(host) else refusal(host, allow)
