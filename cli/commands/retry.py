"""`callboard retry`: finished jobs run again, with other arguments and from their start if that is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from callboard.jobs.identity import kept_id
from cli.commands.act import RETRY, Told, act, for_many
from cli.commands.enqueue import texts_of
from cli.completions import job_ids
from cli.output import Out
from cli.server import client, known_type, remote, store
from cli.values import parse_pairs
from cli.words import word

EXAMPLES = """
callboard retry 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2
callboard retry 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 --arg paper_id=124       the other arguments stay
callboard retry 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 --from-start
callboard retry --where 'state:failed type:email_send' --limit 100
callboard retry --where 'error:"timed out" age:<2d' --rate 50/s
"""


@word("retry", EXAMPLES)
@click.argument("ids", nargs=-1, shell_complete=job_ids)
@click.option("--arg", "pairs", metavar="KEY=VALUE", multiple=True, help="Of one job: in place of an argument.")
@click.option(
    "--from-start/--from-checkpoint",
    "from_start",
    default=None,
    help="Forget their checkpoints, or go on from them. Otherwise those that failed or were cancelled go on.",
)
@for_many
@click.pass_obj
def retry_command(
    out: Out, *, ids: tuple[str, ...], pairs: tuple[str, ...], from_start: bool | None, **wishes: Any
) -> int:
    """Run finished jobs again, with all their attempts; steps of a flow that were skipped because of them follow."""
    if pairs and len(ids) != 1:
        raise click.UsageError("--arg needs the id of the one job whose arguments are meant")
    from_checkpoint = None if from_start is None else not from_start
    body = {} if from_checkpoint is None else {"from_checkpoint": from_checkpoint}
    return act(out, RETRY, ids=ids, told=Told(body, doing(ids, pairs, from_checkpoint)), **wishes)


def doing(ids: tuple[str, ...], pairs: tuple[str, ...], from_checkpoint: bool | None) -> Any:
    """What runs a batch of jobs again, here or over the API. Raises JobMissing, InvalidArguments, Stop."""
    options: dict[str, Any] = {"from_checkpoint": from_checkpoint}
    if pairs and remote():
        options["args"] = parse_pairs(pairs, texts_of(known_type(store().get(kept_id(ids[0])).type)))
    elif pairs:
        from cli.commands.edit import fields_of
        from cli.past import any_job

        options["fields"] = fields_of(any_job(kept_id(ids[0])), pairs)

    def do(batch: Sequence[str]) -> list[str]:
        return client().rerun(*batch, **options)

    return do
