"""Events: what happens, as it happens, and what has happened lately."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request

from callboard.history.facts import LEAVES
from web.dashboard.ask import ask
from web.dashboard.shell import blueprint, once, page

LIMIT: Final = 100
FILTERS: Final = ("types", "job", "queue")
# What is offered as a filter: whole kinds first, then what jobs go through.
KINDS: Final = ("job:", "queue:", "flow:", "schedule:", "worker:", "error:", "alert:", "bulk:")


@blueprint.get("/events")
def events() -> Response:
    """The newest events, kept up by a script; with `at` those up to one of them, which stay."""
    asked = {name: request.args.get(name, "").strip() for name in FILTERS}
    at = request.args.get("at", "").strip()
    return page(
        "events",
        "Events",
        topics=() if at else ("home",),
        log=once(lambda: ask("/events/log", **asked, before=at or None, limit=LIMIT)),
        asked=asked,
        at=at,
        known=[*KINDS, *sorted(LEAVES), "job:progress", "job:log", "queue:status"],
        summary=summary,
    )


def summary(event: dict[str, Any]) -> str:
    """What an event tells, in one line."""
    told = [(name, value) for name, value in event.get("data", {}).items() if value not in (None, "", [], {})]
    return ", ".join(f"{name} {short(value)}" for name, value in told)[:300]


def short(value: Any) -> str:
    """A value in a few words."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} {short(inner)}" for name, inner in list(value.items())[:6]) + "}"
    if isinstance(value, list):
        return f"[{len(value)}]" if len(value) > 3 else "[" + ", ".join(map(short, value)) + "]"
    return f"{value:g}" if isinstance(value, float) else str(value)[:80]
