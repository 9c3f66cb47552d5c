"""Who may knock at a board: each identity at each route, and pages of other sites with the cookie of a victim.

Each walk returns how many requests it made, and a line for each that was not answered as it must be. One that is not
`whole` makes fewer of each kind, and leaves out no kind and no route that may change something.
"""

from __future__ import annotations

import re
from typing import Any, Final

from flask import Flask
from flask.testing import FlaskClient

from callboard.history.database import writing
from callboard.history.tokens import ROLES, create_token, revoke_token
from web.guard import SAFE
from web.rules import PUBLIC, may, role_for
from web.services import NAME, Services

VERBS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
ENDLESS: Final = re.compile(r"/(events|stream|ws)$")
HERE: Final = "http://localhost"
ELSEWHERE: Final = "https://evil.example"
FORM, PLAIN, MULTIPART = "application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"
# What browsers send with a request that a page of another site has made them send.
CROSSING: Final[tuple[dict[str, str], ...]] = (
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Origin": ELSEWHERE, "Content-Type": FORM},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Content-Type": PLAIN},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Origin": ELSEWHERE, "Content-Type": "application/json"},
    {"Sec-Fetch-Site": "same-site", "Origin": "https://other.localhost", "Content-Type": MULTIPART},
    {"Origin": ELSEWHERE, "Content-Type": "application/json"},
    {"Origin": "null", "Content-Type": FORM},
    {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost:9", "Content-Type": "application/json"},
    {"Content-Type": FORM},
)
Walk = tuple[int, list[str]]


def routes(app: Flask, verbs: tuple[str, ...] = VERBS) -> list[tuple[str, str]]:
    """Method and rule of every view."""
    rules = app.url_map.iter_rules()
    return sorted({(method, rule.rule) for rule in rules for method in rule.methods or () if method in verbs})


def filled(rule: str, part: str = "x") -> str:
    """A path for a rule, with something for each of its parts."""
    return re.sub(r"<[^>]+>", part, rule)


def bearing(app: Flask, token: str, address: str = "127.0.0.1") -> FlaskClient:
    """A client that sends a token with every request."""
    client = app.test_client()
    client.environ_base |= {"HTTP_AUTHORIZATION": f"Bearer {token}", "REMOTE_ADDR": address}
    return client


def identities(app: Flask) -> dict[str, tuple[FlaskClient, str | None]]:
    """A client for each kind of caller, and the role that it has."""
    services: Services = app.extensions[NAME]
    now_ms = services.now_ms()
    with writing(services.engine) as session:
        made = {role: create_token(session, role, role, now_ms)[1] for role in ROLES}
        over = create_token(session, "over", "admin", now_ms, expires_ms=now_ms - 1)[1]
        revoked, ended = create_token(session, "revoked", "admin", now_ms)
        revoke_token(session, revoked.id, now_ms)
    wrong = made["admin"][:-1] + ("A" if made["admin"][-1] != "A" else "B")
    bad = {
        "a token that is none": "nonsense",
        "a wrong secret": wrong,
        "an expired token": over,
        "a revoked one": ended,
    }
    # Whoever tries too often is refused whatever they send: each of these comes from somewhere else.
    strangers = {name: (bearing(app, text, f"10.0.0.{n}"), None) for n, (name, text) in enumerate(bad.items())}
    return {"nobody": (app.test_client(), None), **strangers, **{r: (bearing(app, made[r]), r) for r in ROLES}}


def at_every_route(app: Flask, *, whole: bool = True) -> Walk:
    """Each identity sends each verb to each route: it is let in where the table says so, and nowhere else."""
    asked, leaks = 0, list[str]()
    callers = identities(app)
    for method, rule in routes(app, VERBS if whole else tuple(verb for verb in VERBS if verb != "HEAD")):
        needed = role_for(method, rule, app.config["MOUNT"])
        for name, (client, role) in callers.items():
            if ENDLESS.search(rule) and (role or needed == PUBLIC):
                continue  # who is let in there stays
            status = client.open(filled(rule), method=method, json={}).status_code
            asked += 1
            if not _as_said(status, role, needed):
                leaks.append(f"{method} {rule}: {name} was answered {status}")
    return asked, leaks


def _as_said(status: int, role: str | None, needed: str | None) -> bool:
    if needed is None:
        return status == 403
    if needed == PUBLIC:
        return status not in (403, 429)
    if role is None:
        return status in (401, 429, 303)  # a page leads to the form for signing in
    return (status == 403) == (not may(role, needed)) and status != 401


def with_a_session(app: Flask, role: str = "admin") -> FlaskClient:
    """The browser of somebody who has signed in."""
    services: Services = app.extensions[NAME]
    with writing(services.engine) as session:
        text = create_token(session, "victim", role, services.now_ms())[1]
    client = app.test_client()
    begun = client.post("/session", json={"token": text}, headers={"Origin": HERE})
    assert begun.status_code == 200, begun.text
    return client


def from_other_sites(app: Flask, *, whole: bool = True) -> Walk:
    """A page of another site makes the browser of an admin send what it can: nothing unsafe is taken."""
    victim, asked, taken = with_a_session(app), 0, list[str]()
    for method, rule in routes(app):
        # Who says nothing of a page and has no session yet is no browser.
        public = role_for(method, rule, app.config["MOUNT"]) == PUBLIC
        kinds = () if method in SAFE else CROSSING[:-1] if public else CROSSING
        for headers in kinds if whole else kinds[asked % 8 :][:1]:
            answer = victim.open(filled(rule), method=method, data=b"{}", headers=headers)
            asked += 1
            if answer.status_code != 403 or "other_origin" not in answer.text:
                taken.append(f"{method} {rule} with {headers}: {answer.status_code}")
    return asked, taken


def reads_of_other_sites(app: Flask, *, whole: bool = True) -> Walk:
    """No page of another site reads anything: no preflight is granted, no origin is, and no read in the background."""
    victim, asked, granted = with_a_session(app), 0, list[str]()
    for method, rule in routes(app, ("GET", "OPTIONS"))[:: 1 if whole else 3]:
        preflight = {"Access-Control-Request-Method": "DELETE", "Access-Control-Request-Headers": "authorization"}
        headers = {"Origin": ELSEWHERE, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}
        answer = victim.open(filled(rule), method=method, headers=headers | preflight)
        asked += 1
        wrong = [name for name in answer.headers.keys() if name.lower().startswith("access-control-")]  # noqa: SIM118
        if wrong or (role_for(method, rule, app.config["MOUNT"]) != PUBLIC and answer.status_code not in (401, 403)):
            granted.append(f"{method} {rule}: {answer.status_code} {wrong}")
    return asked, granted


def under_other_names(app: Flask, *, whole: bool = True) -> Walk:
    """A name that somebody has pointed at this machine leads to nothing, whatever the route is."""
    asked, taken = 0, list[str]()
    admin, _ = identities(app)["admin"]
    for method, rule in routes(app)[:: 1 if whole else 5]:
        for host in ("evil.example", "localhost.evil.example:8300"):
            status = admin.open(filled(rule), method=method, json={}, headers={"Host": host}).status_code
            asked += 1
            if status != 421:
                taken.append(f"{method} {rule} as {host}: {status}")
    return asked, taken


def with_tokens_in_urls(app: Flask, *, whole: bool = True) -> Walk:
    """A token in a URL, where logs and histories keep it, opens nothing."""
    services: Services = app.extensions[NAME]
    with writing(services.engine) as session:
        text = create_token(session, "leaked", "admin", services.now_ms())[1]
    names = ("token", "access_token", "api_key", "key", "auth", "authorization")
    client, asked, taken = app.test_client(), 0, list[str]()
    for name in names if whole else names[:2]:
        status = client.get("/api/v1/me", query_string={name: text}).status_code
        asked += 1
        if status != 401:
            taken.append(f"?{name}=: {status}")
    return asked, taken


def stored(services: Services) -> tuple[dict[Any, Any], list[str]]:
    """All that Redis and the database hold, but for when a token was last used."""
    links = services.links
    keys, cursor = list[str](), "0"
    while True:
        cursor, found = links.call("SCAN", cursor, "MATCH", f"{services.settings.prefix}*", "COUNT", 1_000)
        keys += found
        if cursor == "0":
            break
    values = {key: links.call("TYPE", key) + str(links.call("DUMP", key)) for key in keys}
    with services.engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        lines = [line for line in raw.iterdump() if '"api_tokens"' not in line]
    return values, lines


def reads_that_change(app: Flask, *, whole: bool = True) -> Walk:
    """A GET changes nothing, whoever asks and wherever."""
    services: Services = app.extensions[NAME]
    admin, _ = identities(app)["admin"]
    asked, changed = 0, list[str]()
    before = stored(services)
    for _, rule in routes(app, ("GET",)):
        if ENDLESS.search(rule):
            continue
        admin.get(filled(rule))
        asked += 1
        if whole and (after := stored(services)) != before:
            changed.append(f"GET {rule}")
            before = after
    if stored(services) != before:
        changed.append("one of them")
    return asked, changed
