"""Go over all rows before the first is stored, where one that is bad or there already is to refuse them all."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Engine

from callboard.history.database import reading
from research.datasets.errors import RowConflict
from research.datasets.row import key_of
from research.datasets.store import keys_there
from research.sheets.errors import BadCells
from research.sheets.records import Problem, Record
from research.sheets.storing import Target, dataset_row

NAMED = 5


def refuse_bad_cells(batches: Iterable[tuple[str, list[Record]]]) -> None:
    """Read all records. Raises BadCells, which names the first cells that are not what was expected."""
    problems: list[Problem] = []
    count = 0
    for _, batch in batches:
        for record in batch:
            count += len(record.problems)
            problems.extend(record.problems[: NAMED - len(problems)] if len(problems) < NAMED else ())
    if count:
        cells = "one cell is" if count == 1 else f"{count:,} cells are"
        raise BadCells(f"{cells} not as expected, nothing was imported: {'; '.join(map(str, problems))}")


def refuse_rows_there(engine: Engine, target: Target, batches: Iterable[tuple[str, list[Record]]]) -> None:
    """Look for the key of each record. Raises RowConflict where it is in the dataset, or twice in the file."""
    seen: set[int] = set()
    for sheet, batch in batches:
        rows = [dataset_row(record, sheet, target) for record in batch if not record.lacks(target.keys)]
        keys = [key_of(row, target.keys) for row in rows]
        with reading(engine) as session:
            there = keys_there(session, target.table, keys)
        twice = [key for key in keys if hash(key) in seen or keys.count(key) > 1]
        seen.update(map(hash, keys))
        if there or twice:
            named = tuple(sorted([*there, *twice])[:NAMED])
            where = f"in table {target.table} already" if there else "in the file more than once"
            raise RowConflict(f"nothing was imported, rows are {where}: {', '.join(named)}", named)
