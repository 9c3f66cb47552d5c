"""Show how far a verb on many jobs is, until it is done or Ctrl-C stops it between two batches."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import click

from cli.failures import DONE, INTERRUPTED, NOT_FOUND, NOT_POSSIBLE, SOME_FAILED
from cli.output import Out
from cli.signals import until_told
from cli.times import UNITS

if TYPE_CHECKING:
    from callboard.history.bulk import BulkProgress

# Where nobody watches a line change, a line now and then.
LINE_EVERY: Final = 5.0
Run = Callable[[threading.Event], "Iterator[BulkProgress]"]


class PerSecond(click.ParamType):
    """`50/s`, `10/m` or a bare number: so many a second."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Jobs a second; fails for what is no rate."""
        if isinstance(value, float):
            return value
        count, _, unit = str(value).partition("/")
        try:
            rate = float(count) / UNITS[unit.strip() or "s"]
        except (ValueError, KeyError):
            rate = 0.0
        if not 0 < rate < float("inf"):
            self.fail(f"expected a rate such as 50/s or 10/m, got {value!r}", param, ctx)
        return rate


def watched(out: Out, run: Run, past: str, total: int) -> BulkProgress:
    """Run to the end or until told to stop, with a line of progress on standard error; the last word."""
    line = Line(out, past, total)
    with until_told(again=_interrupt) as told:
        for progress in run(told.event):
            line.show(progress)
    line.end()
    return progress


def _interrupt() -> None:
    raise KeyboardInterrupt


def values(progress: BulkProgress) -> dict[str, Any]:
    """Progress as JSON values."""
    counts = {name: getattr(progress, name) for name in ("done", "skipped", "failed", "forgotten")}
    return {"verb": progress.verb, **counts, "answers": dict(progress.answers), "stopped": progress.stopped}


def in_words(progress: BulkProgress, past: str) -> str:
    """`1,204 jobs retried, 3 skipped`."""
    parts = [f"{progress.done:,} job{'' if progress.done == 1 else 's'} {past}"]
    others = ((progress.skipped, "skipped"), (progress.failed, "refused"), (progress.forgotten, "forgotten"))
    return ", ".join(parts + [f"{number:,} {what}" for number, what in others if number])


def exit_code(progress: BulkProgress) -> int:
    """The exit code: the reason where nothing was done, else `some failed`; what somebody did first is no failure."""
    if progress.stopped:
        return INTERRUPTED
    if not progress.failed + progress.forgotten:
        return DONE
    if progress.done:
        return SOME_FAILED
    return NOT_POSSIBLE if progress.failed else NOT_FOUND


class Line:
    """One line that changes on a terminal, else a line every five seconds; nothing when asked to be quiet."""

    def __init__(self, out: Out, past: str, total: int) -> None:
        self.out = out
        self.past = past
        self.total = total
        self.begun = self.told = time.monotonic()
        self.changes = sys.stderr.isatty() and not out.quiet
        self.width = 0

    def show(self, progress: BulkProgress) -> None:
        """Show how far it is."""
        now = time.monotonic()
        if progress.finished or (not self.changes and now - self.told < LINE_EVERY):
            return
        self.told = now
        rate = progress.seen / max(now - self.begun, 1e-3)
        words = f"{in_words(progress, self.past)} of {self.total:,}, {rate:,.0f}/s"
        if self.changes:
            print(f"\r{words:<{self.width}}", end="", file=sys.stderr, flush=True)
            self.width = len(words)
        else:
            self.out.say(words)

    def end(self) -> None:
        """Wipe the line that changed."""
        if self.width:
            print(f"\r{'':<{self.width}}\r", end="", file=sys.stderr, flush=True)
