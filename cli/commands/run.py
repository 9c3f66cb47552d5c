"""`callboard run`: a pipeline over what it takes, from here to its report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cli.commands.up import prepare
from cli.crew import helpers
from cli.home import server_for_a_while
from cli.output import Out
from cli.pipeline import find_pipeline, follow_flow, plan_for, print_report, read_words
from cli.server import settings
from cli.signals import sigterm_interrupts
from cli.times import Duration
from cli.words import word
from pipelines.registry import Pipeline

EXAMPLES = """
callboard run paper_intake paper.pdf --follow          a bar for each step, then the report
callboard run paper_intake paper.pdf --json > report.json
callboard run paper_intake paper.pdf notify='["me@example.org"]'
callboard run experiment_report readings.csv electrode_area="4.5 cm2"
"""


@word("run", EXAMPLES)
@click.argument("pipeline")
@click.argument("words", nargs=-1, metavar="[FILE|FOLDER] [KEY=VALUE]...")
@click.option("--follow", is_flag=True, help="Show the progress of each step.")
@click.option("--timeout", type=Duration(), help="Give up waiting after so long; the flow goes on.")
@click.pass_obj
def run_command(out: Out, *, pipeline: str, words: tuple[str, ...], follow: bool, timeout: float | None) -> int:
    """Run a pipeline and print what comes out: a page of Markdown, or one JSON object with --json.

    It runs on a file or a folder, or on nothing; `callboard run NAME` says what it needs.

    When nothing runs for this home, a server and a worker are started for the length of the command.
    """
    found = find_pipeline(pipeline)
    source, given = read_words(found, words)
    with sigterm_interrupts(), server_for_a_while(settings()):
        return process(out, found, source, given, shown=follow, timeout=timeout)


def process(
    out: Out, pipeline: Pipeline, source: Path | None, given: dict[str, Any], *, shown: bool, timeout: float | None
) -> int:
    """Start the flow, wait for it, print its report; the exit code."""
    prepare()
    plan = plan_for(pipeline, source, given)
    with helpers({call.queue for call in plan.calls()}, out.warn) as helping:
        code = follow_flow(out, plan, shown=shown, timeout=timeout, meanwhile=helping.call_if_needed)
        # Before the worker is sent home, which takes a moment in which there would be nothing to read.
        return code or print_report(out, pipeline, plan)
