"""What stands before and behind every view: request ids, hosts, callers, roles, origins, and headers for browsers."""

from __future__ import annotations

import re
import secrets
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, g, request

from web.identity import TRIES_NAME, Caller, Tries, find_caller
from web.problems import Problem
from web.rules import PUBLIC, may, role_for
from web.services import here

REQUEST_ID: Final = re.compile(r"[\w.:-]{1,64}\Z", re.ASCII)
SAFE: Final = ("GET", "HEAD", "OPTIONS")
OURS: Final = ("localhost", "127.0.0.1", "[::1]")
POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with `no-referrer` the forms of our own pages come from the origin `null`
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def guard(app: Flask) -> None:
    """Put the checks before every view of an application, and the headers behind it."""

    @app.before_request
    def check() -> None:
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if REQUEST_ID.match(given) else secrets.token_hex(8)
        require_host()
        if request.url_rule is None:
            return  # what is not there is not there, for everybody
        needed = role_for(request.method, request.url_rule.rule, app.config["MOUNT"])
        if needed is None:
            raise Problem(403, "no_rule", f"nobody may use {request.method} {request.url_rule.rule}")
        g.tries = tries = app.extensions[TRIES_NAME]
        g.caller = None if needed == PUBLIC else require_caller(tries, needed)
        require_same_origin(g.caller)

    @app.after_request
    def headers(response: Response) -> Response:
        if request.method not in SAFE and g.get("caller"):
            here().last_acts.note(g.caller.id)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["X-Request-Id"] = g.get("request_id", "")
        return response


def require_caller(tries: Tries, needed: str) -> Caller:
    """Who asks, with a role that is enough. Raises Problem."""
    caller = find_caller(tries)
    if caller is None:
        raise Problem(
            401,
            "not_authenticated",
            "this needs a token: send `Authorization: Bearer ...`",
            hint="make one with `callboard token create`",
            headers={"WWW-Authenticate": 'Bearer realm="callboard"'},
        )
    if not may(caller.role, needed):
        raise Problem(403, "not_allowed", f"this needs the role {needed}, {caller.name} has {caller.role}")
    return caller


def require_host() -> None:
    """Refuse a name that somebody made point here, so that a page of theirs cannot talk to us. Raises Problem."""
    settings = here().settings
    name = request.host.rpartition(":")[0] if re.search(r":\d+\Z", request.host) else request.host
    known = {*OURS, *(settings.web_hosts or ()), urlsplit(settings.public_url or "").hostname, settings.bind}
    if name.lower() not in known and "*" not in known:
        raise Problem(
            421, "unknown_host", f"requests for {name[:100]!r} are not taken here", hint="add it to CALLBOARD_HOSTS"
        )


def require_same_origin(caller: Caller | None) -> None:
    """Refuse what another site makes a browser send with our cookie, or from this machine. Raises Problem."""
    if request.method not in SAFE:
        refuse_other_origins(caller)
    elif caller and caller.by != "bearer" and request.headers.get("Sec-Fetch-Mode") != "navigate":
        _refuse_other_pages()  # a link to us may be followed, but no other page reads us behind the back of its reader


def refuse_other_origins(caller: Caller | None) -> None:
    """The same whatever the method is, for a WebSocket begins with a GET. Raises Problem."""
    if caller and caller.by == "bearer":
        return
    _refuse_other_pages()
    if caller and caller.by == "session":
        require_browser()


def _refuse_other_pages() -> None:
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site not in (None, "same-origin", "none") or (origin and urlsplit(origin).netloc != request.host):
        raise Problem(403, "other_origin", "this comes from a page of another site")


def require_browser() -> None:
    """Refuse what only a browser may send, where it does not say from which page. Raises Problem."""
    if request.headers.get("Sec-Fetch-Site") is None and request.headers.get("Origin") is None:
        raise Problem(403, "other_origin", "a session needs a browser that says where a request comes from")
