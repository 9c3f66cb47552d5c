"""Audit: what people did, on how many, from where."""

from __future__ import annotations

import json
from typing import Any, Final

from flask import Response, request

from web.dashboard.ask import ask
from web.dashboard.shell import blueprint, once, page

FILTERS: Final = ("who", "verb", "subject", "from", "to")
# What acts are about, as their verbs begin.
KINDS: Final = ("job.", "bulk.", "queue.", "error.", "flow.", "schedule.", "worker.", "alert.", "token.", "webhook.")


@blueprint.get("/audit")
def audit() -> Response:
    """Every act by hand, the newest first."""
    asked = {name: request.args.get(name, "").strip() for name in FILTERS}
    before = request.args.get("before", "")
    found = once(lambda: ask("/audit", limit=50, before=before, **(asked | times(asked))))
    return page("audit", "Audit", found=found, asked=asked, before=before, kinds=KINDS, details=details)


def times(asked: dict[str, str]) -> dict[str, str]:
    """Days of the filter as times: from its begin, to its end."""
    ends = {"from": "T00:00:00Z", "to": "T23:59:59.999Z"}
    return {name: asked[name] + end for name, end in ends.items() if len(asked[name]) == len("2026-11-22")}


def details(text: str | None) -> list[tuple[str, str]]:
    """What an act was done with, as names and values."""
    try:
        value: Any = json.loads(text or "{}")
    except ValueError:
        return [("", text or "")]
    if not isinstance(value, dict):
        return [("", str(value))]
    return [(name, as_text(inner)) for name, inner in value.items() if inner is not None]


def as_text(value: Any) -> str:
    """A value as it is read: text as it is, the rest as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
