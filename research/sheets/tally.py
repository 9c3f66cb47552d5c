"""What became of the rows of an import so far, in the form in which it is stored between two batches."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Final

from research.datasets.store import Counts
from research.sheets.records import Record

PROBLEMS_KEPT: Final = 100


@dataclass(slots=True)
class SheetTally:
    """The rows of one sheet: read, and inserted, updated or skipped; cells in error, texts with blanks around them."""

    read: int = 0
    inserted: int = 0
    updated: int = 0
    skipped: int = 0
    repeated: int = 0
    errors: int = 0
    trimmed: int = 0

    def add(self, batch: list[Record], counts: Counts, repeated: int) -> None:
        """Count a batch; what of it was not put into the table was skipped."""
        self.read += len(batch)
        self.inserted += counts.inserted
        self.updated += counts.updated
        self.skipped += len(batch) - counts.inserted - counts.updated
        self.repeated += repeated
        self.errors += sum(len(record.problems) for record in batch)
        self.trimmed += sum(record.trimmed for record in batch)


@dataclass(slots=True)
class State:
    """How far an import has come: the number of the sheet, the last line that is stored, and the tallies."""

    sheet: int = 0
    line: int = 0
    tallies: list[SheetTally] = field(default_factory=list)
    problems: list[dict[str, str]] = field(default_factory=list)

    @classmethod
    def new(cls, sheets: int) -> State:
        """Nothing is imported of so many sheets."""
        return cls(tallies=[SheetTally() for _ in range(sheets)])

    @property
    def read(self) -> int:
        """The rows that were read so far, in all sheets."""
        return sum(tally.read for tally in self.tallies)

    def add(self, batch: list[Record], counts: Counts, repeated: int) -> None:
        """Count a batch of the present sheet, and go on behind it."""
        self.tallies[self.sheet].add(batch, counts, repeated)
        self.line = batch[-1].line
        room = PROBLEMS_KEPT - len(self.problems)
        found = [asdict(problem) for record in batch for problem in record.problems] if room > 0 else []
        self.problems.extend(found[:room])

    def next_sheet(self) -> None:
        """Go on with the next sheet."""
        self.sheet, self.line = self.sheet + 1, 0

    def values(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    @classmethod
    def of(cls, values: dict[str, Any]) -> State:
        """From JSON."""
        tallies = [SheetTally(**tally) for tally in values["tallies"]]
        return cls(values["sheet"], values["line"], tallies, values["problems"])
