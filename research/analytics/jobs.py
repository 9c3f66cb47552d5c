"""The jobs that finished in a time, read once in a stream and counted in groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Engine, Row, func, select

from callboard.history.database import reading
from callboard.history.models import FailureRow, JobRow, table_of
from callboard.jobs.states import CANCELLED, COMPLETED, FAILED
from research.analytics.errors import TooManyGroups
from research.analytics.names import COLUMNS, EVERYTHING
from research.analytics.sketch import Numbers
from research.analytics.span import STEPS, Span, steps_of

JOBS: Final = table_of(JobRow).c
FAILURES: Final = table_of(FailureRow).c
READ: Final = ("finished_ms", "state", "type", "queue", "user", "run_ms", "wait_ms", "cost_usd")
BATCH: Final = 2_000
GROUPS_MOST: Final = 2_000
Progress = Callable[[float, float, str], None]


@dataclass(slots=True)
class Finished:
    """The finished jobs of one group; run and wait are of those that completed, in milliseconds."""

    states: dict[str, int] = field(default_factory=lambda: {COMPLETED: 0, FAILED: 0, CANCELLED: 0})
    run: Numbers = field(default_factory=Numbers)
    wait: Numbers = field(default_factory=Numbers)
    cost_usd: float = 0.0
    paid: int = 0

    def add(self, job: Row[Any]) -> None:
        """Take one job into account."""
        self.states[job.state] = self.states.get(job.state, 0) + 1
        if job.cost_usd:
            self.cost_usd += job.cost_usd
            self.paid += 1
        if job.state == COMPLETED:
            for numbers, value in ((self.run, job.run_ms), (self.wait, job.wait_ms)):
                if value is not None:
                    numbers.add(value)


Groups = Mapping[str, Finished]


def finished_jobs(
    engine: Engine, span: Span, groupings: Iterable[str], progress: Progress = lambda *_: None
) -> dict[str, Groups]:
    """For each grouping (`all`, a column or a step of time) the finished jobs by group; one pass over them.

    Raises BadSpan for too many steps, TooManyGroups over 2,000 of one grouping.
    """
    keys = {name: _key(span, name) for name in groupings}
    found: dict[str, dict[str, Finished]] = {name: {} for name in keys}
    within = (JOBS.finished_ms >= span.start_ms, JOBS.finished_ms < span.end_ms)
    wanted = select(*(JOBS[name] for name in READ)).where(*within).execution_options(yield_per=BATCH)
    with reading(engine) as session:
        total, seen = session.scalar(select(func.count()).where(*within)) or 0, 0
        with session.execute(wanted) as rows:
            for batch in rows.partitions():
                progress(min(seen, total), total, "finished jobs")
                seen += len(batch)
                for name, key in keys.items():
                    groups = found[name]
                    for job in batch:
                        _group(groups, key(job), name).add(job)
    return {name: dict(sorted(groups.items())) for name, groups in found.items()}


def failed_attempts(engine: Engine, span: Span, grouping: str) -> list[dict[str, Any]]:
    """Failed attempts by group and error class, and how many of them ended their job. Raises as `finished_jobs`."""
    within = (FAILURES.at_ms >= span.start_ms, FAILURES.at_ms < span.end_ms)
    columns = (FAILURES.at_ms, FAILURES.type, FAILURES.queue, FAILURES.error_class, FAILURES.final)
    key = _key(span, grouping)
    counts: dict[tuple[str, str], list[int]] = {}
    wanted = select(*columns).where(*within).execution_options(yield_per=BATCH)
    with reading(engine) as session, session.execute(wanted) as rows:
        for row in rows:
            if len(counts) > GROUPS_MOST:
                raise _too_many(grouping)
            count = counts.setdefault((key(row), row.error_class), [0, 0])
            count[0] += 1
            count[1] += bool(row.final)
    return [
        {"group": group, "error_class": error_class, "attempts": attempts, "final": final}
        for (group, error_class), (attempts, final) in sorted(counts.items())
    ]


def _key(span: Span, grouping: str) -> Callable[[Any], str]:
    """What gives the group of a row."""
    if grouping in STEPS:
        steps = steps_of(span, grouping)
        return lambda row: steps.label(row[0])
    return (lambda row: getattr(row, grouping) or "none") if grouping in COLUMNS else lambda _: EVERYTHING


def _group(groups: dict[str, Finished], key: str, grouping: str) -> Finished:
    found = groups.get(key)
    if found is None:
        if len(groups) >= GROUPS_MOST:
            raise _too_many(grouping)
        found = groups[key] = Finished()
    return found


def _too_many(grouping: str) -> TooManyGroups:
    return TooManyGroups(
        f"jobs of this time fall into more than {GROUPS_MOST:,} groups by {grouping}; take another one"
    )
