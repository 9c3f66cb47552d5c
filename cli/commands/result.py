"""`callboard result`: what a job returned."""

from __future__ import annotations

from pathlib import Path

import click

from callboard.jobs.identity import kept_id
from cli.completions import job_ids
from cli.output import Out, as_json
from cli.past import result_of
from cli.words import word

EXAMPLES = """
callboard result 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2
callboard result 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 -o result.json
"""


@word("result", EXAMPLES)
@click.argument("id", shell_complete=job_ids)
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file.")
@click.pass_obj
def result_command(out: Out, id: str, output: Path | None) -> None:
    """Print the result of a job as JSON. A job without a result, or not finished, is not possible (exit code 4)."""
    value = result_of(kept_id(id))
    if output:
        output.write_text(as_json(value, indent=True) + "\n", encoding="utf-8")
        out.say(f"written to {output}")
    else:
        out.line(as_json(value, indent=out.terminal or out.json))
