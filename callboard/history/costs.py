"""What jobs of a type cost, from the newest that completed and told it in their result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callboard.history.models import JobRow, table_of
from callboard.jobs.encoding import NotJson, decode

JOBS: Final = table_of(JobRow).c
# Results are read for their tokens, and may be large: of few jobs, and the small ones among them.
RESULTS: Final = 50
RESULT_MOST: Final = 20_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What the newest `jobs` of a type that told their cost took on average; tokens where their results tell these."""

    jobs: int
    mean_usd: float
    most_usd: float
    tokens_in: int | None
    tokens_out: int | None


def cost_of(session: Session, paid: Sequence[tuple[int, float]]) -> Cost | None:
    """The cost of jobs by their number and what they cost, newest first; None without any."""
    if not paid:
        return None
    amounts = [amount for _, amount in paid]
    told = _tokens(session, [number for number, _ in paid[:RESULTS]])
    into, out = ([pair[place] for pair in told] for place in (0, 1))
    return Cost(len(paid), round(sum(amounts) / len(paid), 6), round(max(amounts), 6), _mean(into), _mean(out))


def _tokens(session: Session, numbers: Sequence[int]) -> list[tuple[int, int]]:
    small = func.length(JOBS.result) <= RESULT_MOST
    results = session.scalars(select(JOBS.result).where(JOBS.number.in_(numbers), small))
    return [pair for result in results if result and (pair := tokens_in(result))]


def tokens_in(result: str) -> tuple[int, int] | None:
    """The tokens in and out that a result tells, as `tokens_in` and `tokens_out` or `tokens: {input, output}`."""
    try:
        value = decode(result, "result")
    except NotJson:
        return None
    if not isinstance(value, Mapping):
        return None
    inner = value.get("tokens")
    told: Mapping[str, Any] = inner if isinstance(inner, Mapping) else value
    pair = (told.get("tokens_in", told.get("input")), told.get("tokens_out", told.get("output")))
    into, out = pair
    return (into, out) if type(into) is int and type(out) is int else None


def _mean(values: Sequence[int]) -> int | None:
    return round(sum(values) / len(values)) if values else None
