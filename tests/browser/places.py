"""Every page of the dashboard with an address that shows something: taken from the routes, so that none is left out."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import quote

from tests.browser.looking import Board
from web.app import create_app
from web.rules import MOUNT

# What stands for the parts of a route where nothing is known, as on an empty board.
NOTHING = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
# Routes that are no pages for somebody who has signed in.
OTHER = ("sign_in", "job_log", "job_result")
# Other faces of a page.
WAYS = {
    "flow": ("view=time", "view=table"),
    "settings": tuple(
        f"tab={tab}" for tab in ("storage", "tokens", "webhooks", "views", "redaction", "about", "variables")
    ),
}


@cache
def routes() -> dict[str, str]:
    """The routes of all pages by endpoint."""
    app = create_app()
    return {
        rule.endpoint.removeprefix("dashboard."): rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("dashboard.") and "GET" in (rule.methods or ())
    }


def places(board: Board | None = None) -> dict[str, str]:
    """A path for each page by endpoint, with the ways in which it may show; of what is there where a board is given."""
    known = examples(board) if board else {}
    found: dict[str, str] = {}
    for name, rule in routes().items():
        path = rule
        for part in [piece.partition(">")[0] for piece in rule.split("<")[1:]]:
            path = path.replace(f"<{part}>", quote(known.get(name) or NOTHING, safe=""))
        if name not in OTHER:
            found |= {name: path} | {f"{name}?{way}": f"{path}?{way}" for way in WAYS.get(name, ())}
    if board and known["job"]:
        url = board.call("POST", f"/api/v1/jobs/{known['job']}/share", {})["url"]
        found["my_job"] = url[url.index(MOUNT) :]
    return found


def examples(board: Board) -> dict[str, str]:
    """An id or a name for each page about one thing."""

    def first(path: str, key: str, field: str) -> str:
        listed: list[dict[str, Any]] = board.get(f"/api/v1{path}")[key]
        return str(listed[0][field]) if listed else ""

    return {
        "job": first("/jobs?q=state:failed&limit=1", "jobs", "id"),
        "error": first("/errors", "errors", "fingerprint"),
        "queue": first("/queues", "queues", "name"),
        "flow": first("/flows", "flows", "id"),
        "schedule": first("/schedules", "schedules", "name"),
        "worker": first("/workers", "workers", "id"),
    }


def about_one(name: str) -> bool:
    """Whether a page is about one thing, which an empty board does not have."""
    return "<" in routes()[name.partition("?")[0]]


assert MOUNT == "/admin/queues"
