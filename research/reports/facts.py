"""All that one report tells, as JSON values that the template lays out."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Engine, func, select

from callboard.broker.store import Store
from callboard.history.database import reading
from research.analytics.jobs import Progress
from research.analytics.library import ai_usage, parameters_found
from research.analytics.names import EVERYTHING
from research.analytics.span import Span
from research.cache.cache import get
from research.cache.operations import key_of
from research.models import PaperRow
from research.printing import cell, printed_unit
from research.reports.job_facts import backlog, experiments_done, failure_facts, job_facts
from research.reports.period import DAILY, MONTHLY, Period

TITLES: Final = 25
EXPERIMENTS: Final = 50
STEPS: Final = 5
UNITS: Final = key_of("top_parameters", {"limit": 10})
NAMES: Final = {
    "daily_report": "Daily report",
    "weekly_digest": "Weekly digest",
    "monthly_analytics": "Monthly analytics",
}


def gather(engine: Engine, store: Store, period: Period, progress: Progress = lambda *_: None) -> dict[str, Any]:
    """The facts of a period, in steps of which each may be stopped. Raises SQLAlchemyError, ConnectionLost."""
    span = period.span
    facts: dict[str, Any] = {
        "id": period.id,
        "kind": period.kind,
        "name": NAMES[period.kind],
        "period": period.words,
        "zone": period.zone.key,
    }
    progress(0, STEPS, "jobs")
    facts |= job_facts(engine, period, lambda at, of, step: progress(at / max(of, 1), STEPS, step))
    progress(1, STEPS, "failures")
    facts["failures"] = failure_facts(engine, span)
    progress(2, STEPS, "library")
    experiments = experiments_done(engine, span)
    facts |= {"papers": _papers(engine, span), "parameters": _parameters(engine, span)}
    facts |= {"experiments": experiments[:EXPERIMENTS], "experiment_count": len(experiments)}
    facts |= {"providers": ai_usage(engine, span), "corpus": None if period.kind == DAILY else _corpus(engine)}
    facts["units"] = _units(engine) if period.kind == MONTHLY else []
    progress(3, STEPS, "queues")
    return facts | {"queues": backlog(engine, store)}


def _papers(engine: Engine, span: Span) -> dict[str, Any]:
    """How many papers were first stored in the time, and the titles of the first ones."""
    within = (PaperRow.created_at >= span.start, PaperRow.created_at < span.end)
    wanted = select(PaperRow.id, PaperRow.title, PaperRow.file, PaperRow.authors, PaperRow.year).where(*within)
    with reading(engine) as session:
        count = session.scalar(select(func.count()).select_from(PaperRow).where(*within)) or 0
        rows = session.execute(wanted.order_by(PaperRow.created_at, PaperRow.id).limit(TITLES)).all()
    titles = [
        {
            "id": row.id,
            "title": cell(row.title or row.file, 300),
            "author": row.authors[0][:100] if row.authors else None,
            "others": max(0, len(row.authors) - 1),
            "year": row.year,
        }
        for row in rows
    ]
    return {"count": count, "titles": titles}


def _parameters(engine: Engine, span: Span) -> int:
    return sum(row["parameters"] for row in parameters_found(engine, span, EVERYTHING))


def _units(engine: Engine) -> list[dict[str, Any]]:
    """The units of most quantities, as one writes them."""
    return [{**row, "unit": printed_unit(row["unit"])} for row in get(engine, UNITS)]


def _corpus(engine: Engine) -> dict[str, Any]:
    """The library as a whole, as it was computed ahead where that was done."""
    counts = get(engine, "computed:corpus_statistics")
    return {name: counts[name] for name in ("papers", "pages", "quantities")}
