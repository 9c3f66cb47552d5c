"""`callboard edit`: arguments, priority, time and tags of a job that does not run yet."""

from __future__ import annotations

from datetime import datetime

import click

from callboard.broker.client import require
from callboard.jobs.change import Change, priority_fields
from callboard.jobs.clock import to_ms
from callboard.jobs.encoding import encode
from callboard.jobs.identity import kept_id
from callboard.jobs.policy import priority_word
from callboard.jobs.record import Job
from cli.commands.enqueue import Priority, texts_of
from cli.completions import job_ids
from cli.failures import NOT_POSSIBLE, USAGE, Stop
from cli.output import Out
from cli.server import client, known_type, remote, store
from cli.times import Moment
from cli.values import parse_pairs
from cli.words import word

EXAMPLES = """
callboard edit 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 --priority high
callboard edit 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 paper_id=124          the other arguments stay
callboard edit 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 --at 2031-05-04T09:30 --tag later
"""


@word("edit", EXAMPLES)
@click.argument("id", shell_complete=job_ids)
@click.argument("arguments", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--priority", type=Priority(), metavar="P", help="critical, high, normal, low, or 1 to 100.")
@click.option("--at", type=Moment(), metavar="TIME", help="For a job that is delayed: the time at which it runs.")
@click.option("--tag", "tags", multiple=True, help="In place of all its tags; may be repeated.")
@click.pass_obj
def edit_command(
    out: Out, *, id: str, arguments: tuple[str, ...], priority: int | None, at: datetime | None, tags: tuple[str, ...]
) -> None:
    """Change a job that waits or is delayed. One that runs, or has ended, is not possible (exit code 4)."""
    if not (arguments or priority or at or tags):
        raise click.UsageError("say what to change: KEY=VALUE, --priority, --at or --tag")
    chosen = kept_id(id)
    if remote():
        edit_there(chosen, arguments, priority, at, tags)
    else:
        edit_here(store().get(chosen), arguments, priority, at, tags)
    out.page({"id": chosen, "edited": True}, lambda: out.line(f"{chosen}\tedited"))


def edit_there(
    id: str, arguments: tuple[str, ...], priority: int | None, at: datetime | None, tags: tuple[str, ...]
) -> None:
    """Change a job over the API, which tells no secret arguments that could be sent back with the others."""
    far = remote()
    assert far is not None
    if arguments:
        raise Stop(
            USAGE, "arguments cannot be changed one by one over the API: cancel the job, and clone it with others"
        )
    wanted = {
        "priority": priority_word(priority) if priority else None,
        "run_at": at.isoformat() if at else None,
        "tags": list(tags) or None,
    }
    body = {name: value for name, value in wanted.items() if value is not None}
    far.api.send("PATCH", f"/jobs/{id}", json=body)


def edit_here(
    job: Job, arguments: tuple[str, ...], priority: int | None, at: datetime | None, tags: tuple[str, ...]
) -> None:
    """Change a job at the version just read. Raises JobMissing, NotPossible, InvalidArguments, Stop."""
    fields = fields_of(job, arguments) if arguments else {}
    if priority:
        fields |= priority_fields(priority)
    if tags:
        fields["tags"] = encode(list(tags), "tags")
    (reply,) = client().edit(Change(fields, due_ms=to_ms(at) if at else None), job.id, version=job.version)
    if reply == "CHANGED":
        raise Stop(NOT_POSSIBLE, f"job {job.id} has changed in this moment; look at it and try again")
    require("edit", job.id, reply, "EDITED")


def fields_of(job: Job, arguments: tuple[str, ...]) -> dict[str, str]:
    """The fields of the record that follow from the arguments: themselves, and the limits that go by them."""
    from callboard.broker.policies import call_of
    from callboard.jobs.call import record_fields

    if job.args:
        raise Stop(NOT_POSSIBLE, f"job {job.id} has arguments without a name")
    actor = known_type(job.type)
    message = actor.message_with_options(kwargs=job.kwargs | parse_pairs(arguments, texts_of(actor)))
    flat = record_fields(call_of(message, actor))
    fresh = {str(name): str(value) for name, value in zip(flat[::2], flat[1::2], strict=True)}
    ties = {"ties": "1"} if "ties" in fresh else {}
    return {"kwargs": fresh.get("kwargs", ""), "limits": fresh.get("limits", "")} | ties
