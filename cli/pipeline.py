"""A pipeline over one file: find it, plan it, follow it, print what comes out."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.follow import follow
from cli.outcomes import report_failures
from cli.output import Out
from cli.progress import Silence, display, log_line
from cli.server import client
from cli.words import unknown

if TYPE_CHECKING:
    from callboard.broker.stream import Event
    from callboard.jobs.flow import Plan


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
    """Store the file and plan the flow over it; the same file is the same paper, so a second run replaces the first.

    Raises UsageError for arguments that the pipeline does not take.
    """
    from inspect import signature

    from actors.services import files

    start = getattr(module, module.NAME)
    known = [name for name in signature(start).parameters if name != "file"]
    for name in given:
        if name not in known:
            raise click.UsageError(unknown(f"argument of {module.NAME}", name, known, f"there is {', '.join(known)}"))
    stored = files().put_path(file)
    plan: Plan = start(stored.reference, **{"paper_id": stored.sha256[:32]} | given)
    return plan


def follow_flow(
    out: Out, plan: Plan, *, shown: bool, timeout: float | None = None, meanwhile: Callable[[], None] | None = None
) -> int:
    """Start a flow, wait until all its jobs are finished, and say what failed; the exit code."""
    client().start_flow(plan)
    jobs: dict[str, Any] = {}
    with display(out) if shown else Silence() as screen:

        def hear(event: Event) -> None:
            if words := log_line(event):
                screen.note(words)

        for jobs in follow([call.id for call in plan.calls()], timeout, hear, meanwhile):
            screen.show(jobs)
    return report_failures(jobs.values(), out)


def print_report(out: Out, report: dict[str, Any]) -> int:
    """The report in the form asked for; the exit code."""
    from research.report_page import to_markdown

    if out.machine:
        out.value(report)
    else:
        out.line(to_markdown(report).rstrip("\n"))
    return 0
