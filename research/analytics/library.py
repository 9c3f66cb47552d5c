"""What came into the library in a time, what AI made of it, and what the library holds as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, Float, cast, func, select
from sqlalchemy.orm import Session

from callboard.history.database import reading
from callboard.jobs.clock import to_ms
from research.ai.models import CallRow
from research.analytics.names import EVERYTHING
from research.analytics.span import STEPS, Span, steps_of
from research.models import AnalysisRow, ChunkRow, PageRow, PaperRow, QuantityRow

BATCH: Final = 2_000
NANO: Final = 1e9


def papers_added(engine: Engine, span: Span, grouping: str) -> list[dict[str, Any]]:
    """Papers first stored in the time with their pages, by step of time or all together."""
    wanted = select(PaperRow.created_at, PaperRow.page_count).where(*_within(PaperRow.created_at, span))
    rows = _summed(engine, wanted, _label(span, grouping))
    return [{"group": group, "papers": papers, "pages": pages} for group, (papers, pages) in rows]


def parameters_found(engine: Engine, span: Span, grouping: str) -> list[dict[str, Any]]:
    """Quantities of the papers first stored in the time, by step of time or all together."""
    per_paper = (
        select(PaperRow.created_at, func.count(QuantityRow.paper_id).label("found"))
        .join(QuantityRow, QuantityRow.paper_id == PaperRow.id)
        .where(*_within(PaperRow.created_at, span))
        .group_by(PaperRow.id, PaperRow.created_at)
    )
    rows = _summed(engine, per_paper, _label(span, grouping))
    return [{"group": group, "papers": papers, "parameters": found} for group, (papers, found) in rows]


def ai_usage(engine: Engine, span: Span) -> list[dict[str, Any]]:
    """Calls to providers with tokens, cost and time, by provider and model.

    A call whose cost is not known has cost what was held for it; what nobody can price is left out.
    """
    by = (CallRow.provider, CallRow.model)
    sums = [func.sum(column).label(column.key) for column in (CallRow.tokens_in, CallRow.tokens_out, CallRow.seconds)]
    charged = func.coalesce(CallRow.cost_nano_usd, func.nullif(CallRow.held_nano_usd, 0))
    cost = (func.sum(cast(charged, Float)) / NANO).label("cost_usd")
    query = select(*by, func.count().label("calls"), *sums, cost).where(*_within(CallRow.started_at, span))
    with reading(engine) as session:
        return [dict(row) for row in session.execute(query.group_by(*by).order_by(*by)).mappings()]


def corpus_statistics(engine: Engine) -> dict[str, Any]:
    """How many papers, pages, quantities and passages there are, by language, year and embedding model."""
    with reading(engine) as session:
        return {
            "papers": _count(session, PaperRow),
            "pages": _count(session, PageRow),
            "quantities": _count(session, QuantityRow),
            "analyses": _count(session, AnalysisRow),
            "languages": _by(session, PaperRow.language),
            "years": _by(session, PaperRow.year),
            "passages": _by(session, ChunkRow.model),
        }


def top_parameters(engine: Engine, unit: str | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """The units that most quantities have, or the names of the quantities in one unit, with their range of values."""
    by = QuantityRow.unit if unit is None else QuantityRow.name
    value = QuantityRow.value
    papers = func.count(QuantityRow.paper_id.distinct())
    wanted = select(by, func.count(), papers, func.min(value), func.max(value), func.avg(value)).group_by(by)
    if unit is not None:
        wanted = wanted.where(QuantityRow.unit == unit)
    names = ("unit" if unit is None else "name", "quantities", "papers", "least", "most", "mean")
    with reading(engine) as session:
        rows = session.execute(wanted.order_by(func.count().desc(), by).limit(limit)).all()
    return [dict(zip(names, row, strict=True)) for row in rows]


def _within(column: Any, span: Span) -> tuple[Any, Any]:
    return column >= span.start, column < span.end


def _label(span: Span, grouping: str) -> Callable[[datetime], str]:
    if grouping not in STEPS:
        return lambda _: EVERYTHING
    steps = steps_of(span, grouping)
    return lambda at: steps.label(to_ms(at))


def _summed(engine: Engine, wanted: Any, label: Callable[[datetime], str]) -> Iterator[tuple[str, list[int]]]:
    """For each group the number of rows, and the sum of their second column."""
    sums: dict[str, list[int]] = {}
    with reading(engine) as session, session.execute(wanted.execution_options(yield_per=BATCH)) as rows:
        for at, number in rows:
            group = sums.setdefault(label(at), [0, 0])
            group[0] += 1
            group[1] += number
    return iter(sorted(sums.items()))


def _count(session: Session, table: Any) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def _by(session: Session, column: Any) -> dict[str, int]:
    rows = session.execute(select(column, func.count()).group_by(column).order_by(func.count().desc(), column))
    return {"unknown" if value is None else str(value): number for value, number in rows}
