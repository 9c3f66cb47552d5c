"""`callboard wait`: until jobs are finished."""

from __future__ import annotations

import click

from callboard.jobs.identity import kept_id
from cli.completions import job_ids
from cli.follow import follow
from cli.job_values import JOB_COLUMNS, listed
from cli.outcomes import report_failures
from cli.output import Out
from cli.times import Duration
from cli.words import word

EXAMPLES = """
callboard wait 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 --timeout 5m
callboard wait $(callboard ls state:live | cut -f1)
"""


@word("wait", EXAMPLES)
@click.argument("ids", nargs=-1, required=True, shell_complete=job_ids)
@click.option("--timeout", type=Duration(), help="Give up after so long, with exit code 6.")
@click.pass_obj
def wait_command(out: Out, ids: tuple[str, ...], timeout: float | None) -> int:
    """Wait until all these jobs are finished. The exit code is 1 when one of them failed or was cancelled."""
    *_, jobs = follow(list(dict.fromkeys(kept_id(text) for text in ids)), timeout)
    out.rows("jobs", [listed(job) for job in jobs.values()], JOB_COLUMNS)
    return report_failures(jobs.values(), out)
