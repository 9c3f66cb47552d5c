"""`callboard demo`: everything at once, with a paper to show it on."""

from __future__ import annotations

import sys
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.commands.up import prepare, stay
from cli.failures import INTERRUPTED, NOT_FOUND, Stop
from cli.home import only_one, server_for_a_while
from cli.output import Out
from cli.pipeline import find_pipeline, follow_flow, plan_for, print_report
from cli.server import settings, store
from cli.words import word

if TYPE_CHECKING:
    from cli.signals import Told

EXAMPLES = """
callboard demo                 a paper that comes with Callboard
callboard demo my-paper.pdf    yours
"""


@word("demo", EXAMPLES)
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, readable=True, path_type=Path))
@click.pass_obj
def demo_command(out: Out, file: Path | None) -> int:
    """Start everything, process a paper and print its report.

    On a terminal it then runs on until Ctrl-C, like `callboard up`; elsewhere it ends.
    """
    codes: list[int] = []

    def then(told: Told) -> None:
        codes.append(show_paper(out, file, told))
        if codes[-1] or not (sys.stdin.isatty() and sys.stdout.isatty()):
            told.event.set()
        else:
            out.say("\nstill running; look around in another terminal, or press Ctrl-C to stop")

    with only_one(settings()), server_for_a_while(settings()) as server:
        prepare()
        greet(out)
        stay(out, server, 1, None, then=then)
    return codes[0] if codes else 0


def greet(out: Out) -> None:
    """Say what an earlier run has left."""
    counts = [store().counts(name) for name in store().queues()]
    jobs = sum(sum(count.values()) for count in counts)
    if jobs:
        out.say(f"\n  found the data of an earlier run in {settings().home}/: {jobs} jobs")


def show_paper(out: Out, file: Path | None, told: Told) -> int:
    """Process the paper given, or the one that is bundled, and print its report."""
    if file is not None:
        return process_paper(out, file, told)
    samples = sorted(files("research").joinpath("samples").iterdir(), key=lambda entry: entry.name)
    papers = [entry for entry in samples if entry.name.endswith(".pdf")]
    if not papers:
        raise Stop(NOT_FOUND, "no paper comes with this installation; name one: callboard demo paper.pdf")
    with as_file(papers[0]) as path:
        return process_paper(out, path, told)


def process_paper(out: Out, path: Path, told: Told) -> int:
    """Run the pipeline over a paper and print its report; Ctrl-C ends the waiting. Raises Stop."""

    def stop_if_told() -> None:
        if told.event.is_set():
            raise Stop(INTERRUPTED)

    pipeline = find_pipeline("paper_intake")
    plan = plan_for(pipeline, path, {})
    code = follow_flow(out, plan, shown=True, meanwhile=stop_if_told)
    return code or print_report(out, pipeline, plan)
