"""Do something to many jobs in bounded batches, with a word now and then, until all are done or Ctrl-C stops it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from cli.output import Out
from cli.signals import until_told

BATCH: Final = 500
TELL_EVERY: Final = 5.0


def in_batches(
    out: Out, ids: Sequence[str], do: Callable[[Sequence[str]], Sequence[str]], rate: float | None
) -> list[tuple[str, str]]:
    """Each id with what was answered for it; fewer than asked for where it was stopped between two batches."""
    from callboard.history.bulk import Pace

    answers: list[tuple[str, str]] = []
    pace = Pace(rate)
    size, told_at = (BATCH if rate is None else pace.batch), time.monotonic()
    with until_told(again=_interrupt) as told:
        while len(answers) < len(ids) and not told.wait(max(0.0, pace.wait())):
            batch = ids[len(answers) : len(answers) + size]
            answers += zip(batch, do(batch), strict=True)
            pace.sent += len(batch)
            if time.monotonic() - told_at > TELL_EVERY:
                out.say(f"{len(answers):,} of {len(ids):,}")
                told_at = time.monotonic()
    return answers


def _interrupt() -> None:
    raise KeyboardInterrupt
