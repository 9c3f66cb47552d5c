"""`callboard flows`: jobs that depend on each other, as a list and as a tree; see flow_acts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from callboard.jobs.identity import kept_id
from callboard.jobs.job_values import job_values
from callboard.jobs.masking import hide
from callboard.jobs.states import COMPLETED, FINAL, STATES
from cli.commands.flow_acts import ACTS
from cli.flow_tree import Edges, draw
from cli.job_values import state_style
from cli.output import Column, Out
from cli.server import remote, store
from cli.times import ago, lasted, span
from cli.words import Words, word

if TYPE_CHECKING:
    from callboard.broker.store import FlowStatus
    from callboard.jobs.record import Job

EXAMPLES = """
callboard flows
callboard flows show 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2
callboard flows approve 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 publish
callboard flows resume 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2
"""
flows_command = Words("flows", default="ls", examples=EXAMPLES, help="Jobs that depend on each other.")


def values(flow: FlowStatus) -> dict[str, Any]:
    """A flow as JSON values, with how many of its jobs are finished."""
    members = store().states(flow.members)
    states = [state for state, _ in members]
    return {
        "id": flow.id,
        "name": flow.name,
        "state": flow.state,
        "jobs": flow.jobs,
        "finished": sum(state in FINAL for state in states),
        "completed": states.count(COMPLETED),
        "states": {state: states.count(state) for state in STATES},
        "asks": sum(reason == "approval" for _, reason in members),
        "started_at": flow.started_at,
        "finished_at": flow.finished_at,
        "broken": flow.broken,
        "meta": hide(flow.meta),
    }


def took(row: Any) -> str:
    """How long it took."""
    length = span(row["started_at"], row["finished_at"])
    return lasted(length.total_seconds()) if length else ""


COLUMNS = (
    Column("id", "Flow"),
    Column("name", "Name", fold=True),
    Column("state", "State", style=state_style),
    Column("completed", "Done", show=lambda row: f"{row['completed']}/{row['jobs']}", right=True),
    Column("jobs", "Took", show=took, right=True),
    Column("started_at", "Started", show=lambda row: ago(row["started_at"]), right=True),
)


@word("ls", "callboard flows ls --limit 5\ncallboard flows ls --json")
@click.option(
    "--limit", metavar="N", type=click.IntRange(1, 1000), default=20, show_default=True, help="At most so many."
)
@click.pass_obj
def ls_command(out: Out, limit: int) -> None:
    """List flows, newest first."""
    out.rows("flows", listed(limit), COLUMNS, "no flows; start one with `callboard run`")


def listed(limit: int) -> list[dict[str, Any]]:
    """The newest flows."""
    if far := remote():
        from cli import remote_flows

        return remote_flows.listed(far.api, limit)
    return [values(flow) for id in store().flow_ids(limit) if (flow := store().flow(id))]


@word("show", "callboard flows show 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2")
@click.argument("id")
@click.pass_obj
def show_command(out: Out, id: str) -> None:
    """Show a flow: its jobs as a tree, each below what it waits for."""
    row, jobs, edges = whole(kept_id(id))

    def page() -> None:
        head = f"{row['name']}  {row['state']}" + (f" in {took(row)}" if took(row) else "") + f"  {row['id']}"
        out.line(head)
        for line in draw(jobs, edges):
            out.line(line)

    out.page(row, page)


def whole(id: str) -> tuple[dict[str, Any], list[Job], Edges]:
    """A flow with its jobs, these jobs, and what waits for what. Raises FlowMissing, Refused."""
    if far := remote():
        from cli import remote_flows

        return remote_flows.whole(far.api, id)
    from callboard.broker.flow_acts import edges_of, known_flow

    flow = known_flow(store(), id)
    jobs = [job for job in store().find_many(flow.members) if job]
    return values(flow) | {"members": [job_values(job) for job in jobs]}, jobs, edges_of(store(), flow.members)


for further in (ls_command, show_command, *ACTS):
    flows_command.add_command(further)
