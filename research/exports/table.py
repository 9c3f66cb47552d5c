"""A table on its way into a file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Values = Sequence[Any]
Record = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """What is exported: its columns, how many rows are expected, and the rows, which can be taken once.

    `fold` makes nested records for JSON out of rows that belong together; without one each row is a record.
    """

    name: str
    columns: tuple[str, ...]
    total: int
    rows: Iterator[Values]
    fold: Callable[[Iterator[Record]], Iterator[Record]] | None = None

    def records(self) -> Iterator[Record]:
        """The rows as objects."""
        flat = (dict(zip(self.columns, row, strict=True)) for row in self.rows)
        return self.fold(flat) if self.fold else flat
