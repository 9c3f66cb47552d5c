"""A table on its way into a file."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
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


def fold(
    rows: Iterator[Record], *, outer: Sequence[str], inner: Sequence[str], told_by: str, name: str
) -> Iterator[Record]:
    """Records out of rows in which those of one record follow each other: its own columns, the others in a list.

    The first of `outer` is the key; a row without a value in `told_by` has nothing for the list.
    """
    for _, group in groupby(rows, key=lambda row: row[outer[0]]):
        together = list(group)
        parts = [{column: row[column] for column in inner} for row in together if row[told_by] is not None]
        yield {column: together[0][column] for column in outer} | {name: parts}
