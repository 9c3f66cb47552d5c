"""What is wrong with a table of readings: counted in full, shown by line and column up to a limit."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, Final

SHOWN_OF_KIND: Final = 25  # of a column, so that one bad sensor does not hide what is wrong elsewhere
SHOWN: Final = 500
SHOWN_CHARACTERS: Final = 80
# Each kind with what it says of its cell or row; only `left_out` rows are not among the readings.
KINDS: Final = {
    "unreadable": "a number was expected",
    "unreadable_time": "a time was expected",
    "missing": "the cell is empty",
    "short_row": "cells are missing at its end, they are taken as empty",
    "long_row": "cells stand beyond the last column, they are ignored",
    "left_out": "no number stands in the row, it is not among the readings",
    "implausible": "the value cannot be or lies far off; it is kept and marked",
    "repeated_time": "the time is that of another row",
    "time_goes_back": "the time is before that of the row above",
    "doubtful_unit": "the unit does not measure what the name of the column says",
    "unknown_unit": "no unit is given, so the values are stored as they are",
    "doubtful_times": "the order of day and month could be another one",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: its kind, its line and column, what stands there, and why it is wrong."""

    kind: str
    line: int | None
    column: str | None
    text: str
    why: str


@dataclass
class Problems:
    """The problems found so far: every one is counted, the first of each kind and column are kept."""

    kept: list[Problem] = field(default_factory=list)
    by_kind: Counter[str] = field(default_factory=Counter)
    by_column: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, kind: str, line: int | None, column: str | None, text: object = "", why: str = "") -> None:
        """Count a problem, and keep it while there are few of its kind."""
        self.by_kind[kind] += 1
        self.by_column[column or "", kind] += 1
        if self.by_column[column or "", kind] <= SHOWN_OF_KIND and len(self.kept) < SHOWN:
            self.kept.append(Problem(kind, line, column, str(text)[:SHOWN_CHARACTERS], why or KINDS[kind]))

    def report(self) -> dict[str, Any]:
        """The counts, and the problems that were kept in the order of their lines."""
        ordered = sorted(self.kept, key=lambda problem: (problem.line or 0, problem.column or ""))
        columns: dict[str, dict[str, int]] = {}
        for (column, kind), count in sorted(self.by_column.items()):
            if column:
                columns.setdefault(column, {})[kind] = count
        return {
            "counts": dict(sorted(self.by_kind.items())),
            "by_column": columns,
            "shown": [asdict(problem) for problem in ordered],
        }
