"""`callboard show`: everything about one job."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from callboard.jobs.clock import from_ms
from callboard.jobs.identity import kept_id
from callboard.jobs.policy import priority_word
from callboard.jobs.states import REASONS
from cli.completions import job_ids
from cli.job_values import progress_in_words
from cli.output import Out, as_json
from cli.past import whole
from cli.times import ago, lasted, local, span
from cli.words import word

if TYPE_CHECKING:
    from callboard.jobs.record import Job

EXAMPLES = """
callboard show 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2
callboard show 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 --json | jq .errors
callboard show 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 -v          with tracebacks
"""


@word("show", EXAMPLES)
@click.argument("id", shell_complete=job_ids)
@click.pass_obj
def show_command(out: Out, id: str) -> None:
    """Show a job: where it is and why, its times, arguments, result, and what went wrong."""
    job, values = whole(kept_id(id))
    out.page(values, lambda: print_page(out, job, values))


def print_page(out: Out, job: Job, values: dict[str, Any]) -> None:
    """The job as a page: facts, arguments, result, errors."""
    from cli.terminal import console, facts

    to = console(out)
    to.print(facts(facts_of(job, values)))
    for title, value in (
        ("Arguments", arguments(values)),
        ("Checkpoint", values["checkpoint"]),
        ("Result", job.result),
    ):
        if value is not None and value != {}:
            to.print(f"\n[bold]{title}[/bold]")
            print_json(out, value)
    print_errors(out, values["errors"])


def facts_of(job: Job, values: dict[str, Any]) -> list[tuple[str, Any]]:
    """Names and values, the most wanted first."""
    from cli.terminal import state_text

    took = span(job.started_at, job.finished_at)
    state = state_text("cancelling" if job.cancelling and job.state == "active" else job.state)
    return [
        ("Job", job.id),
        ("Type", f"{job.type}   queue {job.queue}"),
        ("State", state),
        ("Because", because(values["why"], values["place"])),
        ("Expected", expected_in_words(job, values["estimate"])),
        ("Progress", progress_in_words(job.progress)),
        ("Run", f"{job.attempt} of {job.attempts}" + (f", {job.crashes} crashed" if job.crashes else "")),
        ("Enqueued", moment(job.enqueued_at)),
        ("Started", moment(job.started_at)),
        ("Due", moment(job.due_at)),
        ("Finished", moment(job.finished_at) + (f", after {lasted(took.total_seconds())}" if took else "")),
        ("Worker", job.worker),
        ("Priority", priority_word(job.priority) if priority_word(job.priority) != "normal" else None),
        ("Time limit", lasted(job.timeout_ms / 1000) if job.timeout_ms else None),
        ("Flow", f"{job.flow}   step {job.step or '–'}" if job.flow else None),
        ("Blocked by", job.blocked_by),
        ("Unique key", job.unique),
        ("Fairness key", job.fairness),
        ("Tags", ", ".join(job.tags)),
        ("Meta", as_json(values["meta"]) if job.meta else None),
        ("Log", f"{values['log_lines']} lines: callboard logs {job.id}" if values["log_lines"] else None),
    ]


def because(why: dict[str, Any] | None, place: int | None) -> str | None:
    """Why a job does not run, with the place in its line."""
    if why is None:
        return f"{place} jobs are before it" if place else None
    until = f", {ago(why['until'])}" if why["until"] else ""
    return f"{why['reason']}: {REASONS.get(why['reason'], '')}{until}" + (f"; {place} before it" if place else "")


def expected_in_words(job: Job, estimate: dict[str, Any]) -> str:
    """`starts in 2 min, finishes in 3 min: by the newest completed jobs`."""
    from callboard.jobs.estimate import BASES

    starts = f"starts {ago(estimate['starts_at'])}" if estimate["starts_at"] and job.state != "active" else ""
    finishes = f"finishes {ago(estimate['finishes_at'])}" if estimate["finishes_at"] else ""
    words = ", ".join(part for part in (starts, finishes) if part)
    return f"{words}: {BASES[estimate['basis']]}" if words and estimate["basis"] else ""


def moment(at: datetime | None) -> str:
    """A time of day and how long ago that is."""
    return f"{local(at)}  ({ago(at)})" if at else ""


def arguments(values: dict[str, Any]) -> Any:
    """The arguments as one value."""
    if values["args"] and values["kwargs"]:
        return {"args": values["args"], "kwargs": values["kwargs"]}
    return values["kwargs"] or values["args"] or None


def print_json(out: Out, value: Any) -> None:
    """A value, laid out; in colour on a terminal."""
    from cli.terminal import console, safe

    text = safe(as_json(value, indent=True))
    if len(text) <= 20_000:
        console(out).print_json(text, ensure_ascii=False)
    else:
        console(out).print(text[:20_000], markup=False)
        out.say(f"... {len(text) - 20_000:,} characters more: callboard result ID, or --json")


def print_errors(out: Out, errors: list[dict[str, Any]]) -> None:
    """What went wrong in each attempt; with -v where in the code."""
    if not errors:
        return
    from cli.terminal import console, safe

    to = console(out)
    to.print("\n[bold]Errors[/bold]")
    for error in errors:
        failure = error.get("failure", {})
        head = f"run {error.get('attempt', '?')}  {moment(from_ms(error.get('at_ms')))}"
        to.print(f"{head}  {failure.get('class', '')}", style="bright_black", markup=False)
        to.print(safe(f"  {failure.get('type', '')}: {failure.get('message', '')}"), style="red", markup=False)
        if out.verbose and failure.get("traceback"):
            to.print(safe(failure["traceback"]), markup=False, style="bright_black")
