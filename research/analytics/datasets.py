"""The columns of a dataset in numbers: of each number its spread, of each text its most frequent values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Engine

from research.analytics.sketch import Numbers, Words
from research.datasets.store import columns, count, rows

SHARES: Final = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}
TOP: Final = 5
LOOK_EVERY: Final = 500
Progress = Callable[[float, float, str], None]


@dataclass(slots=True)
class Column:
    """What was seen in a column; true and false count as text."""

    missing: int = 0
    numbers: Numbers = field(default_factory=Numbers)
    words: Words = field(default_factory=Words)

    def add(self, value: Any) -> None:
        """Take the value of one row into account."""
        if value is None or value == "":
            self.missing += 1
        elif isinstance(value, bool) or not isinstance(value, int | float):
            self.words.add(str(value).lower() if isinstance(value, bool) else str(value))
        else:
            self.numbers.add(float(value))


def profile(engine: Engine, table: str, progress: Progress = lambda *_: None) -> list[dict[str, Any]]:
    """One row for each column of a dataset; reads all its rows once, in constant memory. Raises UnknownDataset."""
    names, total = columns(engine, table), count(engine, table)
    seen = {name: Column() for name in names}
    for number, row in enumerate(rows(engine, table)):
        if number % LOOK_EVERY == 0:
            progress(min(number, total), total, f"rows of {table}")
        for name, column in seen.items():
            column.add(row.get(name))
    return [row for name, column in seen.items() for row in _lines(name, column)]


def _lines(name: str, column: Column) -> Iterator[dict[str, Any]]:
    """A column as rows: one for its numbers, one for its texts, one with neither where it is empty."""
    numbers, words = column.numbers, column.words
    if numbers.count:
        yield {"column": name, "kind": "number", **_of(column, numbers.count), **_spread(numbers)}
    if words.total:
        top = [{"value": value, "count": times} for value, times in words.top(TOP)]
        told = {"distinct": words.distinct, "exact": words.exact, "top": top}
        yield {"column": name, "kind": "text", **_of(column, words.total), **told}
    if not numbers.count and not words.total:
        yield {"column": name, "kind": "empty", **_of(column, 0)}


def _of(column: Column, count: int) -> dict[str, int]:
    return {"count": count, "missing": column.missing}


def _spread(numbers: Numbers) -> dict[str, float | None]:
    quantiles = {name: numbers.quantile(share) for name, share in SHARES.items()}
    return {
        "min": numbers.least,
        "max": numbers.most,
        "mean": numbers.mean,
        "std": numbers.deviation,
        **quantiles,
    }
