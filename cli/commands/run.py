"""`callboard run`: a pipeline over one file, from here to its report."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.crew import helpers
from cli.follow import follow as follow_jobs
from cli.home import server_for_a_while
from cli.outcomes import report_failures
from cli.output import Out
from cli.progress import Silence, display, log_line
from cli.server import client, settings
from cli.signals import sigterm_interrupts
from cli.times import Duration
from cli.values import parse_pairs
from cli.words import unknown, word

if TYPE_CHECKING:
    from callboard.broker.stream import Event
    from callboard.jobs.flow import Plan

EXAMPLES = """
callboard run paper_intake paper.pdf --follow          a bar for each step, then the report
callboard run paper_intake paper.pdf --json > report.json
callboard run paper_intake paper.pdf notify='["me@example.org"]'
"""


@word("run", EXAMPLES)
@click.argument("pipeline")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.argument("arguments", nargs=-1, metavar="[KEY=VALUE]...")
@click.option("--follow", is_flag=True, help="Show the progress of each step.")
@click.option("--timeout", type=Duration(), help="Give up waiting after so long; the flow goes on.")
@click.pass_obj
def run_command(
    out: Out, pipeline: str, file: Path, arguments: tuple[str, ...], follow: bool, timeout: float | None
) -> int:
    """Run a pipeline on a file and print what comes out: a page of Markdown, or one JSON object with --json.

    When nothing runs for this home, a server and a worker are started for the length of the command.
    """
    module = find_pipeline(pipeline)
    given = parse_pairs(arguments)
    with sigterm_interrupts(), server_for_a_while(settings()):
        return process(out, module, file, given, follow, timeout)


def process(out: Out, module: Any, file: Path, given: dict[str, Any], follow: bool, timeout: float | None) -> int:
    """Start the flow, wait for it, print its report; the exit code."""
    from cli.commands.up import prepare

    prepare()
    plan = plan_for(module, file, given)
    with helpers({call.queue for call in plan.calls()}, out.detail) as helping:
        client().start_flow(plan)
        jobs: dict[str, Any] = {}
        with display(out) if follow else Silence() as shown:

            def hear(event: Event) -> None:
                if words := log_line(event):
                    shown.note(words)

            for jobs in follow_jobs([call.id for call in plan.calls()], timeout, hear, helping.call_if_needed):
                shown.show(jobs)
        # Before the worker is sent home, which takes a moment in which there would be nothing to read.
        return report_failures(jobs.values(), out) or print_report(out, module.report_of(plan.meta["paper_id"]))


def print_report(out: Out, report: dict[str, Any]) -> int:
    """The report in the form asked for."""
    from research.report_page import to_markdown

    if out.machine:
        out.value(report)
    else:
        out.line(to_markdown(report).rstrip("\n"))
    return 0


def find_pipeline(name: str) -> Any:
    """The module of a pipeline. Raises UsageError with what was meant."""
    import pipelines
    from callboard.jobs.policy import type_slug

    names = [module.name for module in pkgutil.iter_modules(pipelines.__path__)]
    slug = type_slug(name)
    if slug not in names:
        raise click.UsageError(unknown("pipeline", name, names, f"there is {', '.join(names)}"))
    return importlib.import_module(f"pipelines.{slug}")


def plan_for(module: Any, file: Path, given: dict[str, Any]) -> Plan:
    """Store the file and plan the flow over it; the same file is the same paper, so a second run replaces the first."""
    from actors.services import files

    stored = files().put_path(file)
    start = getattr(module, module.NAME)
    try:
        plan: Plan = start(stored.reference, **{"paper_id": stored.sha256[:32]} | given)
    except TypeError as error:
        raise click.UsageError(f"{module.NAME} does not take these arguments: {error}") from None
    return plan
