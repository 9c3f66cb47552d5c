"""What jobs cost within a time: US dollars by type of job, calls and tokens by provider and model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, func, select

from callboard.history.database import reading
from callboard.history.models import JobRow, table_of
from callboard.history.throughput import PLAIN
from callboard.jobs.clock import to_ms
from research.ai.ledger import NANO
from research.ai.models import CallRow

JOBS: Final = table_of(JobRow).c
ROWS_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class TypeCost:
    """What the finished jobs of a type cost that told a cost, US dollars."""

    type: str
    jobs: int
    usd: float


@dataclass(frozen=True, slots=True)
class ModelUse:
    """Calls of a model, their tokens and their cost in US dollars; `usd` is None where no price is known."""

    provider: str
    model: str
    calls: int
    tokens_in: int
    tokens_out: int
    usd: float | None


@dataclass(frozen=True, slots=True)
class Spending:
    """The dearest types and models of a time, the dearest first."""

    types: list[TypeCost]
    models: list[ModelUse]

    @property
    def usd(self) -> float:
        """US dollars of all jobs."""
        return sum(one.usd for one in self.types)


def spending(
    engine: Engine, start: datetime, end: datetime, *, queue: str | None = None, type: str | None = None
) -> Spending:
    """What finished jobs and calls of providers cost in a time, of one queue or type where one is named."""
    wanted = [PLAIN[name] == value for name, value in (("queue", queue), ("type", type)) if value is not None]
    usd = func.sum(JOBS.cost_usd)
    by_type = select(JOBS.type, func.count(), usd).where(
        JOBS.finished_ms >= to_ms(start), JOBS.finished_ms < to_ms(end), JOBS.cost_usd > 0, *wanted
    )
    call = (CallRow.provider, CallRow.model)
    sums = (func.count(), func.sum(CallRow.tokens_in), func.sum(CallRow.tokens_out), func.sum(CallRow.cost_nano_usd))
    by_model = select(*call, *sums).where(CallRow.started_at >= start, CallRow.started_at < end)
    if wanted:
        by_model = by_model.join(table_of(JobRow), JOBS.id == CallRow.job_id).where(*wanted)
    with reading(engine) as session:
        types = session.execute(by_type.group_by(JOBS.type).order_by(usd.desc()).limit(ROWS_MOST)).all()
        models = session.execute(by_model.group_by(*call).order_by(sums[-1].desc()).limit(ROWS_MOST)).all()
    return Spending([TypeCost(*row) for row in types], [_use(row) for row in models])


def _use(row: Sequence[Any]) -> ModelUse:
    provider, model, calls, tokens_in, tokens_out, nano = row
    return ModelUse(provider, model, calls, int(tokens_in), int(tokens_out), None if nano is None else int(nano) / NANO)
