"""Alerts: what holds now, the rules and searches that are watched, whom they reach, what was told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request

from web.dashboard import findings
from web.dashboard.ask import ask
from web.dashboard.shell import blueprint, once, page
from web.dashboard.shown import time_of
from web.services import here


@blueprint.get("/alerts")
def alerts() -> Response:
    """All about alerts; with `q` a form for one on that search."""
    holding = once(lambda: ask("/alerts"))
    return page(
        "alerts",
        "Alerts",
        holding=holding,
        rules=lambda: ask("/alerts/rules"),
        standing=standing(holding),
        watches=lambda: ask("/alerts/watches"),
        webhooks=once(lambda: ask("/webhooks")),
        hears=hears,
        history=lambda: ask("/alerts/firings", limit=50),
        leads_of=findings.leads,
        number_words=number_words,
        between=between,
        now_ms=here().now_ms,
        q=request.args.get("q", "").strip(),
    )


def standing(holding: Callable[[], Any]) -> Callable[[str], list[dict[str, Any]]]:
    """What gives the conditions of a rule that hold now."""
    return lambda rule: [one for one in (holding() or {"attention": ()})["attention"] if one["rule"] == rule]


def hears(webhook: dict[str, Any]) -> bool:
    """Whether a webhook is told of alerts."""
    return any(event in ("*", "alert:*") or event.startswith("alert:") for event in webhook["events"])


def between(start: str, end: str) -> float:
    """Milliseconds between two times."""
    since, until = time_of(start), time_of(end)
    return (until - since).total_seconds() * 1_000 if since and until else 0.0


def number_words(name: str, value: float) -> str:
    """A threshold in words: `for 60 s`, `waiting 1,000`."""
    word, _, unit = name.rpartition("_")
    if unit == "s" and word:
        return f"{word.replace('_', ' ')} {value:g} s"
    return f"{name.replace('_', ' ')} {value:,g}"
