"""Progress of jobs on standard error: a bar for each on a terminal, else a line for each change of state."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from callboard.jobs.states import FINAL
from cli.times import lasted, span

if TYPE_CHECKING:
    from callboard.broker.stream import Event
    from callboard.jobs.record import Job
    from cli.output import Out

MOST_BARS: Final = 16
MARKS: Final = {"completed": "✓", "failed": "✗", "cancelled": "–", "active": "●", "waiting": "○", "delayed": "○"}


class Display(Protocol):
    """Something that shows jobs as they change."""

    def __enter__(self) -> Display:
        """Begin."""

    def __exit__(self, *error: object) -> None:
        """End."""

    def show(self, jobs: Mapping[str, Job]) -> None:
        """Show the jobs as they are now."""

    def note(self, words: str) -> None:
        """Say something beside them."""


def display(out: Out) -> Display:
    """Bars where a person looks at standard error, lines where it goes elsewhere, nothing when asked to be quiet."""
    if out.quiet:
        return Silence()
    return Bars(out) if sys.stderr.isatty() else Lines()


def label(job: Job) -> str:
    """The name of a job among the others: its step in a flow, else its type."""
    return job.step or job.type


def mark(job: Job) -> str:
    """The state of a job in one character."""
    return "–" if job.blocked_by else MARKS.get(job.state, "○")


def share(job: Job) -> float:
    """How far a job is, from 0 to 1."""
    if job.state == "completed":
        return 1.0
    return float((job.progress or {}).get("percent", 0)) / 100


def doing(job: Job) -> str:
    """What a job does now, or how it ended, in a few words."""
    took = span(job.started_at, job.finished_at)
    if job.blocked_by:
        return "skipped"
    if job.state in FINAL:
        return job.state + (f" in {lasted(took.total_seconds())}" if took else "")
    if job.state == "active":
        step = str((job.progress or {}).get("step", ""))
        return "cancelling" if job.cancelling else step or "running"
    again = f", run {job.attempt + 1} of {job.attempts}" if job.reason == "retry" else ""
    return "waits" if job.state == "blocked" else f"{job.reason or job.state}{again}"


class Silence:
    """Shows nothing."""

    def __enter__(self) -> Silence:
        """Begin."""
        return self

    def __exit__(self, *error: object) -> None:
        """End."""

    def show(self, jobs: Mapping[str, Job]) -> None:
        """Nothing."""

    def note(self, words: str) -> None:
        """Nothing."""


class Lines(Silence):
    """One line for each change of state, for logs."""

    def __init__(self) -> None:
        self._states: dict[str, str] = {}

    def __enter__(self) -> Lines:
        """Begin."""
        return self

    def show(self, jobs: Mapping[str, Job]) -> None:
        """A line for each job whose state is another one."""
        for id, job in jobs.items():
            if self._states.get(id) != job.state and job.state not in ("blocked", "waiting"):
                self._states[id] = job.state
                print(f"{label(job)}: {doing(job) if job.state != 'active' else 'active'}", file=sys.stderr, flush=True)

    def note(self, words: str) -> None:
        """A line."""
        print(words, file=sys.stderr, flush=True)


class Bars(Silence):
    """A bar for each job, or one for all where they are many."""

    def __init__(self, out: Out) -> None:
        from rich.progress import BarColumn, Progress, TextColumn

        from cli.terminal import error_console

        columns: tuple[Any, ...] = (
            TextColumn("{task.fields[mark]}", style="bright_black"),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24, complete_style="cyan", finished_style="green"),
            TextColumn("{task.percentage:>3.0f} %"),
            TextColumn("{task.fields[doing]}", style="bright_black"),
        )
        self._progress = Progress(*columns, console=error_console(out), refresh_per_second=12)
        self._tasks: dict[str, Any] = {}

    def __enter__(self) -> Bars:
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        """Leave the last picture as it is."""
        self._progress.stop()

    def show(self, jobs: Mapping[str, Job]) -> None:
        """Draw."""
        if len(jobs) > MOST_BARS:
            done = sum(job.state in FINAL for job in jobs.values())
            self._draw("all", f"{len(jobs):,} jobs", done / len(jobs), "●", f"{done:,} finished")
            return
        for id, job in jobs.items():
            self._draw(id, label(job), share(job), mark(job), doing(job))

    def _draw(self, key: str, name: str, done: float, mark: str, words: str) -> None:
        from rich.markup import escape

        if key not in self._tasks:
            self._tasks[key] = self._progress.add_task(escape(name), total=1.0, mark=mark, doing="")
        self._progress.update(self._tasks[key], completed=done, mark=mark, doing=escape(words[:36]))

    def note(self, words: str) -> None:
        """Words above the bars."""
        self._progress.console.print(words, markup=False)


def log_line(event: Event) -> str | None:
    """The words of an event that is a line of a job's log, None for any other."""
    if event.event != "job:log":
        return None
    from callboard.jobs.encoding import NotJson, decode

    try:
        line = decode(event.data, "log line")
    except NotJson:
        return event.data
    return f"{line.get('level', 'info')}: {line.get('message', '')}"
