"""What a report tells of jobs: ends, types, the slowest, failures that are new or back, what waits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Engine, func, select

from callboard.broker.store import Store
from callboard.history.database import reading
from callboard.history.failure_groups import OPEN
from callboard.history.models import FailureGroupRow, FailureRow, JobRow, table_of
from callboard.jobs.states import ACTIVE, COMPLETED, DELAYED, FAILED, WAITING
from research.analytics.jobs import Finished, Groups, Progress, finished_jobs
from research.analytics.names import EVERYTHING
from research.analytics.span import Span, steps_of
from research.notifications.finding import Scene
from research.notifications.queue_conditions import oldest_wait_ms
from research.notifications.words import lasted
from research.printing import cell
from research.reports.period import DAILY, Period

JOBS: Final = table_of(JobRow).c
FAILURES: Final = table_of(FailureRow).c
GROUPS: Final = table_of(FailureGroupRow).c
LISTED: Final = 15
SLOWEST: Final = 5
MESSAGE_CHARACTERS: Final = 160
GROUPS_MOST: Final = 1_000
TOLD: Final = (GROUPS.fingerprint, GROUPS.error_type, GROUPS.message, GROUPS.types)
EXPERIMENT_TYPES: Final = ("process_results", "calculate_metrics", "generate_report")


def job_facts(engine: Engine, period: Period, progress: Progress) -> dict[str, Any]:
    """The finished jobs of a period: all, those of the period before, by type, by day, and the slowest."""
    span = period.span
    steps = () if period.kind == DAILY else ("day",)
    found = finished_jobs(engine, span, (EVERYTHING, "type", *steps), lambda at, of, step: progress(at, 2 * of, step))
    earlier = period.before.span
    before = finished_jobs(engine, earlier, (EVERYTHING,), lambda at, of, step: progress(at + of, 2 * of, step))
    return {
        "jobs": _counts(found[EVERYTHING]) | {"before": _counts(before[EVERYTHING])},
        "types": _types(found["type"]),
        "days": _days(span, found["day"]) if steps else [],
        "slow": _slow(engine, span),
        "cost_usd": round(sum(group.cost_usd for group in found[EVERYTHING].values()), 4),
    }


def _counts(groups: Groups) -> dict[str, int]:
    return dict((groups.get(EVERYTHING) or Finished()).states)


def _types(groups: Groups) -> list[dict[str, Any]]:
    """The types with the most failures, then the most jobs."""
    rows: list[dict[str, Any]] = [{"type": name, **group.states, **_times(group)} for name, group in groups.items()]
    return sorted(rows, key=lambda row: (-row[FAILED], -row[COMPLETED], row["type"]))[:LISTED]


def _times(group: Finished) -> dict[str, str]:
    shares = {"run_p50": (group.run, 0.5), "run_p95": (group.run, 0.95), "wait_p95": (group.wait, 0.95)}
    values = {name: numbers.quantile(share) for name, (numbers, share) in shares.items()}
    return {name: "–" if value is None else lasted(round(value)) for name, value in values.items()}


def _days(span: Span, groups: Groups) -> list[dict[str, Any]]:
    """The days of the time, each with the length of its bar, percent of the longest, and the failed share of it."""
    rows = [(label[:10], (groups.get(label) or Finished()).states) for label in steps_of(span, "day").labels]
    ended = [states[COMPLETED] + states[FAILED] for _, states in rows]
    most = max(ended, default=0) or 1
    return [
        {
            "day": day,
            "completed": states[COMPLETED],
            "failed": states[FAILED],
            "share": round(100 * jobs / most),
            "failed_share": round(100 * states[FAILED] / (jobs or 1)),
        }
        for (day, states), jobs in zip(rows, ended, strict=True)
    ]


def _slow(engine: Engine, span: Span) -> list[dict[str, str]]:
    wanted = select(JOBS.id, JOBS.type, JOBS.run_ms).where(*_finished(span), JOBS.run_ms.is_not(None))
    with reading(engine) as session:
        rows = session.execute(wanted.order_by(JOBS.run_ms.desc(), JOBS.id).limit(SLOWEST)).all()
    return [{"id": row.id, "type": row.type, "took": lasted(row.run_ms)} for row in rows]


def _finished(span: Span) -> tuple[Any, Any]:
    return JOBS.finished_ms >= span.start_ms, JOBS.finished_ms < span.end_ms


def failure_facts(engine: Engine, span: Span) -> dict[str, Any]:
    """Failed attempts, and of their groups those first seen in the time and those that came back after a decision."""
    within = (FAILURES.at_ms >= span.start_ms, FAILURES.at_ms < span.end_ms)
    counted = select(FAILURES.fingerprint, func.count().label("number")).where(*within).group_by(FAILURES.fingerprint)
    with reading(engine) as session:
        counts = {row.fingerprint: row.number for row in session.execute(counted)}
        new = session.execute(select(*TOLD).where(*_between(GROUPS.first_ms, span)).limit(GROUPS_MOST)).all()
        back = select(*TOLD).where(*_between(GROUPS.status_ms, span), GROUPS.status == OPEN)
        returned = session.execute(back.where(GROUPS.first_ms < span.start_ms).limit(GROUPS_MOST)).all()
    groups = {"new": _largest(new, counts), "returned": _largest(returned, counts)}
    return {"attempts": sum(counts.values()), **groups}


def _between(column: Any, span: Span) -> tuple[Any, Any]:
    return column >= span.start_ms, column < span.end_ms


def _largest(groups: Sequence[Any], counts: Mapping[str, int]) -> list[dict[str, Any]]:
    rows = [
        {
            "error": group.error_type.rpartition(".")[2],
            "message": cell(group.message, MESSAGE_CHARACTERS),
            "types": ", ".join(json.loads(group.types)[:5]),
            "failures": counts.get(group.fingerprint, 0),
        }
        for group in groups
    ]
    return sorted(rows, key=lambda row: (-row["failures"], row["message"]))[:LISTED]


def experiments_done(engine: Engine, span: Span) -> list[str]:
    """The ids of the experiments on which jobs have completed in the time."""
    wanted = select(JOBS.kwargs).where(*_finished(span), JOBS.state == COMPLETED, JOBS.type.in_(EXPERIMENT_TYPES))
    with reading(engine) as session, session.scalars(wanted.execution_options(yield_per=1_000)) as texts:
        ids = {json.loads(text).get("experiment_id") for text in texts if text}
    return sorted(str(id) for id in ids if id)


def backlog(engine: Engine, store: Store) -> list[dict[str, Any]]:
    """The queues in which jobs wait now, the longest first."""
    rows: list[dict[str, Any]] = []
    with reading(engine) as session:
        scene = Scene(store, session, {}, store.now_ms())
        for name in store.queues():
            queue = store.queue(name)
            if queue.counts[WAITING]:
                counts = {state: queue.counts[state] for state in (WAITING, DELAYED, ACTIVE)}
                oldest = lasted(oldest_wait_ms(scene, name))
                rows.append({"queue": name, **counts, "oldest": oldest, "paused": queue.paused})
    return sorted(rows, key=lambda row: -row[WAITING])[:LISTED]
