"""Flows: which there are, how far each is, what it waits for, and starting a pipeline."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request

from callboard.jobs.states import STATES
from web.dashboard.ask import ask
from web.dashboard.flow_graph import along_time, drawing
from web.dashboard.shell import blueprint, once, page
from web.problems import Problem

VIEWS: Final = ("graph", "time", "table")


@blueprint.get("/flows")
def flows() -> Response:
    """The newest flows."""
    return page("flows", "Flows", flows=lambda: ask("/flows", limit=100))


@blueprint.get("/flows/new")
def new_flow() -> Response:
    """Start a pipeline."""
    return page(
        "new_flow",
        "Start a pipeline",
        within="flows",
        pipelines=once(lambda: ask("/pipelines")),
        chosen=request.args.get("pipeline", ""),
    )


@blueprint.get("/flows/<id>")
def flow(id: str) -> Response:
    """One flow as a graph, along time, or as a table."""
    load = once(lambda: ask(f"/flows/{id}"))
    view = request.args.get("view", "graph")
    if view not in VIEWS:
        raise Problem(404, "not_found", f"a flow is shown as {', '.join(VIEWS)}, not as {view[:40]!r}")
    found = load()
    return page(
        "flow",
        found["name"] or "Flow" if found else "Flow",
        topics=(f"flow:{found['id'] if found else id}",),
        within="flows",
        id=id,
        flow=load,
        view=view,
        chosen=request.args.get("job", ""),
        drawn=drawing,
        along_time=along_time,
        member_counts=member_counts,
    )


def member_counts(members: list[dict[str, Any]]) -> dict[str, int]:
    """How many jobs of a flow are in each state; states without any are left out."""
    counts = {state: sum(member["state"] == state for member in members) for state in STATES}
    return {state: number for state, number in counts.items() if number}
