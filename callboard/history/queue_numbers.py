"""How each queue does: what finished in it within a time, how long that ran and waited, in one look at all queues."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Engine, func, select

from callboard.history.database import Session, reading
from callboard.history.durations import Spread, spread
from callboard.history.models import JobRow, table_of
from callboard.jobs.states import COMPLETED, FAILED, FINAL

JOBS: Final = table_of(JobRow).c
STEPS: Final = 12
SAMPLE: Final = 10_000


@dataclass(frozen=True, slots=True)
class QueueNumbers:
    """The jobs of a queue that finished within a time; `steps` counts them in twelve equal parts, the newest last.

    The numbers are exact; `run` and `wait` are known from the newest completed jobs of all queues.
    """

    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    run: Spread | None = None
    wait: Spread | None = None
    steps: list[int] = field(default_factory=lambda: [0] * STEPS)

    @property
    def failure_share(self) -> float | None:
        """Failed jobs as a share, 0 to 1, of those that completed or failed."""
        ended = self.completed + self.failed
        return self.failed / ended if ended else None


def queue_numbers(engine: Engine, since_ms: int, until_ms: int) -> dict[str, QueueNumbers]:
    """The queues in which something finished from one time to before another, ms since 1970."""
    step_ms = max(1, -(-(until_ms - since_ms) // STEPS))
    step = (JOBS.finished_ms - since_ms) // step_ms
    within = (JOBS.finished_ms >= since_ms, JOBS.finished_ms < until_ms)
    counted = select(JOBS.queue, JOBS.state, step, func.count()).where(*within)
    counts: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(FINAL, 0))
    steps: dict[str, list[int]] = defaultdict(lambda: [0] * STEPS)
    with reading(engine) as session:
        for queue, state, part, number in session.execute(
            counted.where(*within).group_by(JOBS.queue, JOBS.state, step)
        ):
            counts[queue][state] = counts[queue].get(state, 0) + number
            if state in (COMPLETED, FAILED):
                steps[queue][part] += number
        spans = _spans(session, within)
    return {queue: _numbers(counts[queue], steps[queue], spans.get(queue, ())) for queue in counts}


def _spans(session: Session, within: Iterable[Any]) -> dict[str, list[tuple[int | None, int | None]]]:
    """Run and wait of the newest completed jobs, by queue."""
    # Written so that the index of finished times is taken, and not that of states.
    done = func.coalesce(JOBS.state, "") == COMPLETED
    newest = select(JOBS.queue, JOBS.run_ms, JOBS.wait_ms).where(*within, done).order_by(JOBS.finished_ms.desc())
    found: dict[str, list[tuple[int | None, int | None]]] = defaultdict(list)
    for queue, run, wait in session.execute(newest.limit(SAMPLE)):
        found[queue].append((run, wait))
    return found


def _numbers(counts: dict[str, int], steps: list[int], spans: Iterable[tuple[int | None, int | None]]) -> QueueNumbers:
    known = list(spans)
    run, wait = spread(run for run, _ in known), spread(wait for _, wait in known)
    return QueueNumbers(**{state: counts[state] for state in FINAL}, run=run, wait=wait, steps=steps)
