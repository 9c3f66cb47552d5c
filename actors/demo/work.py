"""Time that passes as in a job with something to do: in steps, told as progress, to be stopped anywhere."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from callboard.worker.context import Context

TICK: Final = 0.25


def work(ctx: Context, seconds: float, steps: Mapping[str, float]) -> None:
    """Let so many seconds pass in steps; each has its share of the whole. Raises what `ctx.progress` raises."""
    whole = sum(steps.values())
    done = 0.0
    for step, share in steps.items():
        end = done + seconds * share / whole
        while done < end:
            ctx.progress(round(100 * done / seconds, 1), 100, step)
            pause = min(TICK, end - done)
            time.sleep(pause)
            done += pause
    ctx.progress(100, 100, list(steps)[-1])


def idle(ctx: Context, seconds: float) -> None:
    """Let so many seconds pass without a word, as a job does that waits for something outside."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ctx.raise_if_stopped()
        time.sleep(TICK)
