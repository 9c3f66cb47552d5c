"""Submit: a job of any type by a form that its schema makes, and the same call for elsewhere."""

from __future__ import annotations

import json
from typing import Any, Final

from flask import Response, request

from web.dashboard.ask import Unavailable, ask
from web.dashboard.shell import blueprint, is_there, page
from web.dashboard.ways import ways
from web.problems import Problem

OPTIONS: Final = ("priority", "delay_ms", "run_at", "attempts", "unique_key", "fairness_key", "tags")
LONGEST: Final = 20_000


@blueprint.get("/new")
def new() -> Response:
    """Choose a type; fill in its form, which a template's address may have done already."""
    found = ask("/types")
    chosen = request.args.get("type", "")
    if isinstance(found, Unavailable) or not chosen:
        return page("new", "New job", topics=(), types=found, type=None)
    type = ask(f"/types/{chosen}")
    if isinstance(type, Unavailable):
        return page("new", "New job", topics=(), types=found, type=None, away=type)
    example = type["example"].get("args", {})
    given = filled(request.args.get("args", ""))
    options = {name: request.args[name][:200] for name in OPTIONS if name in request.args}
    return page(
        "new",
        "New job",
        topics=(),
        types=found,
        type=type,
        given=given,
        options=options,
        example=example,
        ways=ways(type["type"], given or example, {"priority": options.get("priority")}),
        schedules=is_there("new_schedule"),
    )


def filled(text: str) -> dict[str, Any]:
    """The arguments that an address brings along. Raises Problem."""
    if not text:
        return {}
    try:
        value = json.loads(text[:LONGEST])
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise Problem(422, "invalid", f"args: expected a JSON object in the address, got {text[:60]!r}")
    return value
