"""Schedules: what is due when, how it went, and changing it."""

from __future__ import annotations

from flask import Response, request

from web.dashboard.ask import ask
from web.dashboard.shell import blueprint, once, page


@blueprint.get("/schedules")
def schedules() -> Response:
    """All schedules."""
    return page("schedules", "Schedules", schedules=lambda: ask("/schedules"))


@blueprint.get("/schedules/new")
def new_schedule() -> Response:
    """A schedule that is not there yet."""
    given = {name: request.args.get(name, "") for name in ("type", "args")}
    return page("new_schedule", "New schedule", within="schedules", types=lambda: ask("/types"), given=given)


@blueprint.get("/schedules/<name>")
def schedule(name: str) -> Response:
    """One schedule: its next times, its last ones, and what may be done with it."""
    load = once(lambda: ask(f"/schedules/{name}"))
    load()  # what is not there is told as a page of its own
    return page("schedule", name, within="schedules", schedule=load)
