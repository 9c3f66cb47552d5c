"""A pipeline: find it, plan it over what it takes, follow it, print what comes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from callboard.jobs.states import COMPLETED
from cli.follow import follow
from cli.outcomes import report_failures
from cli.output import Out
from cli.progress import Silence, display, log_line
from cli.server import client
from cli.values import parse_pairs
from cli.words import unknown
from pipelines.registry import PIPELINES, Pipeline, page_of, parameters, plan_on, report_of

if TYPE_CHECKING:
    from callboard.broker.stream import Event
    from callboard.jobs.flow import Plan


def find_pipeline(name: str) -> Pipeline:
    """The pipeline of a name. Raises UsageError with what was meant."""
    from callboard.jobs.policy import type_slug

    slug = type_slug(name)
    if slug not in PIPELINES:
        raise click.UsageError(unknown("pipeline", name, list(PIPELINES), f"there is {', '.join(PIPELINES)}"))
    return PIPELINES[slug]


def read_words(pipeline: Pipeline, words: Sequence[str]) -> tuple[Path | None, dict[str, Any]]:
    """The source of a pipeline and its other arguments, as they were typed. Raises UsageError."""
    if pipeline.takes == "nothing":
        return None, parse_pairs(words)
    if not words:
        raise click.UsageError(f"{pipeline.name} runs on a {pipeline.takes}; name one after it")
    of_files = pipeline.takes == "file"
    kind = click.Path(exists=True, dir_okay=not of_files, file_okay=of_files, readable=True, path_type=Path)
    source: Path = kind.convert(words[0], click.Argument([pipeline.takes]), None)
    return source, parse_pairs(words[1:])


def plan_for(pipeline: Pipeline, source: Path | None, given: dict[str, Any]) -> Plan:
    """The flow over a source. Raises UsageError for arguments that the pipeline does not take."""
    known = parameters(pipeline)
    for name in given:
        if name not in known:
            raise click.UsageError(unknown(f"argument of {pipeline.name}", name, known, f"there is {', '.join(known)}"))
    return plan_on(pipeline, source, given)


def follow_flow(
    out: Out, plan: Plan, *, shown: bool, timeout: float | None = None, meanwhile: Callable[[], None] | None = None
) -> int:
    """Start a flow, wait until all its jobs are finished, and say what failed; the exit code.

    A step that the flow was planned to go on without is told of, and is no failure of the flow.
    """
    client().start_flow(plan)
    jobs: dict[str, Any] = {}
    with display(out) if shown else Silence() as screen:

        def hear(event: Event) -> None:
            if words := log_line(event):
                screen.note(words)

        for jobs in follow([call.id for call in plan.calls()], timeout, hear, meanwhile):
            screen.show(jobs)
    code = report_failures(jobs.values(), out)
    tolerated = {node.id for node in plan.nodes if node.tolerated}
    return code if any(job.state != COMPLETED for id, job in jobs.items() if id not in tolerated) else 0


def print_report(out: Out, pipeline: Pipeline, plan: Plan) -> int:
    """What came out, in the form asked for; the exit code."""
    report = report_of(pipeline, plan)
    if out.machine:
        out.value(report)
    else:
        out.line(page_of(pipeline, report).rstrip("\n"))
    return 0
