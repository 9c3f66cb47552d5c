"""Settings: health, what is kept and what it costs, tokens, webhooks, views, what is hidden, the variables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flask import Response, g, request

from callboard.history.tokens import ROLES
from web.dashboard.ask import ask
from web.dashboard.shell import blueprint, once, page
from web.problems import Problem
from web.rules import may

# Tab, its title, who may see it.
TABS: Final = (
    ("health", "Health", "viewer"),
    ("storage", "Retention", "viewer"),
    ("tokens", "Tokens and roles", "viewer"),
    ("webhooks", "Webhooks", "viewer"),
    ("views", "Saved views", "viewer"),
    ("redaction", "Redaction", "viewer"),
    ("about", "Versions", "viewer"),
    ("variables", "Variables", "admin"),
)
LENGTHS: Final = (("a day", 1), ("30 days", 30), ("90 days", 90), ("a year", 365))
EVENTS: Final = ("job:completed", "job:failed", "job:retrying", "job:cancelled", "flow:completed", "flow:failed")


@blueprint.get("/settings")
def settings() -> Response:
    """One section, as a tab."""
    tab = request.args.get("tab", "health")
    role = next((role for name, _, role in TABS if name == tab), None)
    if role is None:
        raise Problem(422, "invalid", f"tab is one of {', '.join(name for name, *_ in TABS)}, got {tab[:40]!r}")
    if not may(g.caller.role, role):
        raise Problem(403, "not_allowed", f"this needs the role {role}")
    shown = [(name, title) for name, title, needed in TABS if may(g.caller.role, needed)]
    values: dict[str, Any] = {
        "doctor": once(lambda: ask("/doctor")),
        "storage": once(lambda: ask("/storage")),
        "about": once(lambda: ask("/about")),
        "tokens": once(lambda: ask("/tokens")),
        "webhooks": once(lambda: ask("/webhooks")),
        "deliveries": deliveries,
        "views": once(lambda: ask("/views")),
        "variables": once(lambda: ask("/settings")),
        "ends": ends,
    }
    return page("settings", "Settings", tab=tab, tabs=shown, roles=ROLES, events=EVENTS, now=now_text, **values)


def deliveries(webhook: str) -> Any:
    """What was sent to a webhook lately."""
    return ask(f"/webhooks/{webhook}/deliveries", limit=20)


def ends() -> list[tuple[str, str]]:
    """When a token made now may end."""
    now = datetime.now(UTC)
    return [(words, (now + timedelta(days=days)).isoformat(timespec="seconds")) for words, days in LENGTHS]


def now_text() -> str:
    """The time of this machine, as the API writes times."""
    return datetime.now(UTC).isoformat()
