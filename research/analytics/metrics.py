"""The metrics computed: finished jobs read once for all metrics about them, each of the others by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Engine

from callboard.jobs.states import CANCELLED, COMPLETED, FAILED
from research.analytics.datasets import profile
from research.analytics.jobs import Finished, Groups, Progress, failed_attempts, finished_jobs
from research.analytics.library import ai_usage, papers_added, parameters_found
from research.analytics.names import EVERYTHING, check_metrics
from research.analytics.sketch import Numbers
from research.analytics.span import STEPS, Span, steps_of

Rows = list[dict[str, Any]]


def _outcomes(jobs: Finished) -> dict[str, Any]:
    ended = jobs.states[COMPLETED] + jobs.states[FAILED]
    return {**jobs.states, "failure_rate": jobs.states[FAILED] / ended if ended else None}


def _durations(jobs: Finished) -> dict[str, Any]:
    return {"jobs": jobs.run.count, **_spread("run", jobs.run), **_spread("wait", jobs.wait)}


def _spread(name: str, of: Numbers) -> dict[str, Any]:
    shares = {"p50": of.quantile(0.5), "p95": of.quantile(0.95), "mean": of.mean, "max": of.most}
    return {
        f"{name}_{word}_ms": round(value) if of.count and value is not None else None for word, value in shares.items()
    }


def _costs(jobs: Finished) -> dict[str, Any]:
    return {"jobs": jobs.paid, "cost_usd": round(jobs.cost_usd, 6)}


def _throughput(jobs: Finished) -> dict[str, Any]:
    return {"processed": jobs.states[COMPLETED] + jobs.states[FAILED], "cancelled": jobs.states[CANCELLED]}


# What makes a row of the finished jobs of a group.
LINES: Final[dict[str, Callable[[Finished], dict[str, Any]]]] = {
    "outcomes": _outcomes,
    "durations": _durations,
    "throughput": _throughput,
    "costs": _costs,
}
OTHERS: Final[dict[str, Callable[[Engine, Span, str], Rows]]] = {
    "failures": failed_attempts,
    "ai_usage": lambda engine, span, _: ai_usage(engine, span),
    "papers_added": papers_added,
    "parameters_found": parameters_found,
}


def compute(
    engine: Engine,
    span: Span,
    metrics: Sequence[str],
    *,
    group_by: str | None = None,
    table: str | None = None,
    progress: Progress = lambda *_: None,
) -> dict[str, Rows]:
    """The rows of each metric, in bounded memory. Raises BadMetric, BadSpan, TooManyGroups, UnknownDataset."""
    check_metrics(metrics, group_by, table)
    names = list(dict.fromkeys(metrics))
    of_jobs = {name: _grouping(name, group_by) for name in names if name in LINES}
    parts = _parts(progress, 1 + len(names) - len(of_jobs))
    jobs = finished_jobs(engine, span, set(of_jobs.values()), next(parts)) if of_jobs else {}
    found: dict[str, Rows] = {}
    for name in names:
        if name in of_jobs:
            found[name] = _rows(LINES[name], span, of_jobs[name], jobs)
            continue
        part = next(parts)
        part(0, 1, name)
        found[name] = (
            profile(engine, str(table), part)
            if name == "dataset"
            else OTHERS[name](engine, span, group_by or EVERYTHING)
        )
    return found


def _parts(progress: Progress, number: int) -> Iterator[Progress]:
    """Progress for one part of the work after the other, each so much of the whole; the last share is left."""
    for done in range(number):
        yield _share(progress, done, number + 1)


def _share(progress: Progress, done: int, number: int) -> Progress:
    return lambda at, of, step: progress(done + at / max(of, 1), number, step)


def _grouping(metric: str, group_by: str | None) -> str:
    return group_by or ("day" if metric == "throughput" else EVERYTHING)


def _rows(line: Callable[[Finished], dict[str, Any]], span: Span, grouping: str, jobs: Mapping[str, Groups]) -> Rows:
    """A row for each group; steps of time and the whole have one although nothing finished in them."""
    groups = jobs[grouping]
    names = steps_of(span, grouping).labels if grouping in STEPS else groups or [EVERYTHING]
    return [{"group": name, **line(groups.get(name) or Finished())} for name in names]
