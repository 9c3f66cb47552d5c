"""`callboard clone`: a job like another, under an id of its own."""

from __future__ import annotations

from dataclasses import replace

import click

from callboard.jobs.identity import kept_id
from cli.completions import job_ids
from cli.failures import NOT_POSSIBLE, Stop
from cli.output import Out
from cli.past import any_job
from cli.server import client, known_type, remote
from cli.values import parse_pairs
from cli.words import word

EXAMPLES = """
callboard clone 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2
callboard clone 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 paper_id=124         the same for another paper
callboard wait $(callboard clone 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2)
"""


@word("clone", EXAMPLES)
@click.argument("id", shell_complete=job_ids)
@click.argument("arguments", nargs=-1, metavar="[KEY=VALUE]...")
@click.pass_obj
def clone_command(out: Out, id: str, arguments: tuple[str, ...]) -> None:
    """Enqueue a job like this one and print its id; KEY=VALUE takes the place of an argument.

    It has the same priority, attempts, time limit, fairness key, tags and meta, and starts at once; the unique key
    stays with the first.
    """
    made = cloned(kept_id(id), arguments)
    out.page({"id": made, "like": kept_id(id)}, lambda: out.line(made))


def cloned(id: str, arguments: tuple[str, ...]) -> str:
    """The id of the copy. Raises JobMissing, InvalidArguments, and Stop for arguments without a name."""
    if far := remote():
        # Made over there, for arguments that are secret are not told.
        body = {"args": parse_pairs(arguments, set())}
        return str(far.api.send("POST", f"/jobs/{id}/clone", json=body)[1]["id"])
    from callboard.broker.policies import call_of
    from cli.commands.enqueue import texts_of

    job = any_job(id)
    if job.args:
        raise Stop(NOT_POSSIBLE, f"job {id} has arguments without a name")
    actor = known_type(job.type)
    call = call_of(actor.message_with_options(kwargs=job.kwargs | parse_pairs(arguments, texts_of(actor))), actor)
    policy = replace(
        call.policy,
        retry=replace(call.policy.retry, attempts=job.attempts),
        priority=job.priority,
        fairness=job.fairness or call.policy.fairness,
        timeout=job.timeout_ms / 1000 if job.timeout_ms else call.policy.timeout,
    )
    return client().enqueue(call.named(policy=policy, tags=tuple(job.tags), meta=job.meta))
