"""`callboard ls`: jobs by state, queue and type, the newest first."""

from __future__ import annotations

import click

from callboard.jobs.states import STATES
from cli.completions import queue_names, type_names
from cli.job_values import JOB_COLUMNS, listed
from cli.look import look_for
from cli.output import Out
from cli.query import parse_query
from cli.words import word

EXAMPLES = """
callboard ls                                   the newest jobs of all queues
callboard ls state:failed                      what went wrong
callboard ls queue:email-notifications state:live
callboard ls args.paper_id:123 created:2026-11-01..
callboard ls 'error:"timed out" -user:ann run:>1m'
callboard ls --type extract_pdf --limit 5 --json
callboard ls state:failed | cut -f1            ids only
"""


@word("ls", EXAMPLES)
@click.argument("query", nargs=-1)
@click.option("--state", multiple=True, metavar="STATE", help=f"One of {', '.join(STATES)}, live, finished.")
@click.option("--queue", multiple=True, shell_complete=queue_names, help="Of this queue; may be repeated.")
@click.option("--type", "type_", multiple=True, shell_complete=type_names, help="Of this type; may be repeated.")
@click.option(
    "--limit", metavar="N", type=click.IntRange(1, 10_000), default=20, show_default=True, help="At most so many."
)
@click.pass_obj
def ls_command(
    out: Out,
    *,
    query: tuple[str, ...],
    state: tuple[str, ...],
    queue: tuple[str, ...],
    type_: tuple[str, ...],
    limit: int,
) -> None:
    """List jobs, newest first. QUERY is a search as on the Jobs page: docs/search.md has all of its words."""
    seen = look_for(parse_query(query, state=state, queue=queue, type=type_), limit, out.machine)
    empty = "no jobs yet; enqueue one with `callboard enqueue TYPE key=value`" if not query else "no such jobs"
    told = {"cut": seen.cut} if seen.cut else {}
    out.rows("jobs", [listed(job) for job in seen.jobs], JOB_COLUMNS, empty, **told)
    if seen.cut:
        out.warn(seen.cut)
    if out.terminal and len(seen.jobs) == limit:
        out.say(f"the newest {limit}; more with --limit")
