"""Read an experiment: its table as columns of SI numbers and labels with line numbers, times, and what is wrong."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from research.experiments.cells import is_missing, number
from research.experiments.columns import SKIP, Column, columns_of, find
from research.experiments.errors import TableTooLarge, UnreadableTable
from research.experiments.headers import read_header
from research.experiments.moments import Spelling, moment, spelling_of, time_of_day
from research.experiments.notes import Notes, notes_in, read_notes
from research.experiments.problems import Problems
from research.experiments.table import Row, Table, open_table
from research.experiments.times import Times, times_of

if TYPE_CHECKING:
    import numpy as np

MOST_ROWS: Final = 1_000_000
MOST_CELLS: Final = 20_000_000
SAMPLE_ROWS: Final = 2_000
TELL_EVERY: Final = 2_000
BLANK: Final = "blank"  # a column without name or cells, as before a delimiter at the start of each line
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Wishes:
    """What the caller says about a file: which sheet and marks it uses, its units, what its columns measure."""

    sheet: str | None = None
    delimiter: str | None = None
    decimal: str | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Readings:
    """Readings: float64 arrays in SI (NaN where nothing is readable) or lists of labels, by column, and line numbers.

    `times.seconds` counts from the first time; it is None where the table has no time.
    """

    columns: tuple[Column, ...]
    lines: np.ndarray
    values: tuple[Any, ...]
    times: Times


@dataclass(frozen=True)
class ReadExperiment:
    """What was read: the readings, what is wrong, the facts of the notes, and how many rows were looked at."""

    readings: Readings
    problems: Problems
    facts: dict[str, str]
    rows: int
    sheet: str | None


def read_experiment(path: Path, wishes: Wishes, notes_path: Path | None, progress: Progress) -> ReadExperiment:
    """Read the table in a file. Raises ExperimentError; `progress` is told the number of rows every 2,000."""
    problems = Problems()
    with open_table(path, sheet=wishes.sheet, delimiter=wishes.delimiter, decimal=wishes.decimal) as table:
        notes = merged(read_notes(notes_path) if notes_path else Notes(), notes_in("\n".join(table.above)))
        columns = columns_of(table, notes, wishes.units, wishes.columns, problems)
        head = list(islice(table.rows, SAMPLE_ROWS))
        typed, spellings = typed_columns(table, columns, [row for _, row in head])
        cells: list[Any] = [[] if column.kind == "label" else array("d") for column in typed]
        intake = Intake(typed, array("q"), cells, problems)
        rows = collect(table, intake, spellings, chain(head, table.rows), progress)
    readings = assembled(intake, left_out(table, wishes))
    if not any(column.kind == "number" for column in readings.columns) or not len(readings.lines):
        raise UnreadableTable("no column of numbers was found: a table with a header and rows of readings was expected")
    note_units(readings, spellings, problems)
    return ReadExperiment(readings, problems, notes.facts, rows, table.sheet)


def merged(notes: Notes, above: Notes) -> Notes:
    """The notes of a file of their own and those that stand above the table; the former come first."""
    return Notes(
        above.named | notes.named, above.placed | notes.placed, above.texts | notes.texts, above.facts | notes.facts
    )


def typed_columns(
    table: Table, columns: Sequence[Column], sample: Sequence[Sequence[Any]]
) -> tuple[list[Column], dict[int, Spelling]]:
    """The columns with the kind of their cells, and how the times of those with times are written."""
    typed, spellings = [], {}
    for position, column in enumerate(columns):
        cells = [row[position] for row in sample if position < len(row) and not is_missing(row[position])]
        kind = kind_of(cells, table.decimal) if cells or not is_nameless(column.header, position) else BLANK
        if kind == "time":
            spelling = spelling_of(cells)
            assert spelling is not None
            spellings[position] = spelling
        typed.append(replace(column, kind=kind))
    return typed, spellings


def is_nameless(header: str, position: int) -> bool:
    """Whether the table has no name for a column."""
    return header == f"column {position + 1}"


def kind_of(cells: Sequence[Any], decimal: str) -> str:
    """What most of these cells are: numbers, times of day, dates, or labels."""
    half = len(cells) / 2
    if not cells or sum(number(cell, decimal) is not None for cell in cells) >= half:
        return "number"
    if sum(time_of_day(cell) is not None for cell in cells) >= half:
        return "clock"
    return "time" if spelling_of(cells) else "label"


@dataclass
class Intake:
    """What has been taken in so far: line numbers, and by column the cells as numbers, seconds or labels."""

    columns: Sequence[Column]
    lines: array[int]
    cells: list[Any]
    problems: Problems


def collect(
    table: Table, intake: Intake, spellings: Mapping[int, Spelling], rows: Iterable[Row], progress: Progress
) -> int:
    """Take in all rows that hold a number; returns how many rows there were. Raises TableTooLarge."""
    columns = intake.columns
    readers = [reader(column, spellings.get(position), table.decimal) for position, column in enumerate(columns)]
    seen = 0
    for line, row in rows:
        seen += 1
        if seen % TELL_EVERY == 0:
            progress(seen)
        if seen > MOST_ROWS or seen * len(columns) > MOST_CELLS:
            raise TableTooLarge(f"a table may have {MOST_ROWS:,} rows and {MOST_CELLS:,} cells, this one has more")
        take_row(intake, readers, line, row)
    return seen


def reader(column: Column, spelling: Spelling | None, decimal: str) -> Callable[[Any], Any]:
    """What reads the cells of a column."""
    if column.kind == BLANK:
        return lambda _cell: None
    if column.kind == "number":
        return lambda cell: number(cell, decimal)
    if column.kind == "time":
        return lambda cell: moment(cell, spelling.form if spelling else "iso")
    return time_of_day if column.kind == "clock" else lambda cell: str(cell).strip()


def take_row(intake: Intake, readers: Sequence[Callable[[Any], Any]], line: int, row: Sequence[Any]) -> None:
    """Add a row to the cells, and what is wrong with it to the problems."""
    columns, problems = intake.columns, intake.problems
    values = [None if is_missing(cell) else read(cell) for read, cell in zip(readers, row, strict=False)]
    if not any(value is not None and column.kind == "number" for column, value in zip(columns, values, strict=False)):
        # A repeated header or a remark below the table: never a reading, but never passed over in silence either.
        problems.add("left_out", line, None, " ".join(map(str, row)))
        return
    if len(row) != len(columns):
        problems.add("short_row" if len(row) < len(columns) else "long_row", line, None, f"{len(row)} cells")
    intake.lines.append(line)
    for position, column in enumerate(columns):
        value = values[position] if position < len(values) else None
        if value is None and column.kind != "label":
            note_cell(column, line, row[position] if position < len(row) else None, problems)
        intake.cells[position].append(value if value is not None else "" if column.kind == "label" else float("nan"))


def note_cell(column: Column, line: int, cell: Any, problems: Problems) -> None:
    """Add what is wrong with a cell without a value to the problems."""
    if is_missing(cell):
        if column.kind != BLANK:
            problems.add("missing", line, column.header, "" if cell is None else cell)
    else:
        problems.add("unreadable" if column.kind == "number" else "unreadable_time", line, column.header, cell)


def left_out(table: Table, wishes: Wishes) -> set[int | None]:
    """The places of the columns that the caller does not want."""
    headers = [read_header(text) for text in table.headers]
    return {find(headers, name) for name, said in wishes.columns.items() if said == SKIP}


def assembled(intake: Intake, skipped: set[int | None]) -> Readings:
    """The readings in SI, without the columns that are skipped."""
    import numpy as np

    places = [
        place
        for place, column in enumerate(intake.columns)
        if place not in skipped and not (column.kind == BLANK and np.isnan(intake.cells[place]).all())
    ]
    columns = [intake.columns[place] for place in places]
    cells = [intake.cells[place] for place in places]
    values = [c if column.kind == "label" else in_si(column, c) for column, c in zip(columns, cells, strict=True)]
    return Readings(tuple(columns), np.array(intake.lines, np.int64), tuple(values), times_of(columns, cells))


def in_si(column: Column, cells: array[float]) -> np.ndarray:
    """The cells of a column in SI; times stay in seconds."""
    import numpy as np

    values = np.array(cells, dtype=np.float64)
    if column.kind != "number":
        return values
    with np.errstate(over="ignore"):
        converted = values * column.factor + column.offset
    return np.where(np.isfinite(converted), converted, np.nan)


def note_units(readings: Readings, spellings: Mapping[int, Spelling], problems: Problems) -> None:
    """Note the measured columns whose unit nobody says, and times that can be read in two ways."""
    for column in readings.columns:
        known = column.unit is not None or column.header == readings.times.column
        if column.kind == "number" and column.quantity and not known and not column.condition:
            problems.add("unknown_unit", None, column.header)
    for spelling in spellings.values():
        if spelling.doubt:
            problems.add("doubtful_times", None, None, spelling.form, f"read as {spelling.form}, {spelling.doubt}")
