"""Imports into a dataset: each row once however often they are stopped, bad cells by their addresses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select

from callboard.history.database import connect, reading, writing
from research.datasets import store
from research.datasets.errors import RowConflict
from research.datasets.models import DatasetEntryRow, DatasetRow
from research.schema import RESEARCH
from research.sheets.errors import BadCells, UnknownSheet
from research.sheets.importing import Source, import_book
from research.sheets.models import ImportRow
from research.sheets.open_book import open_book
from research.sheets.ordering import order_of
from tests.research.sheets.workbooks import xlsx

DATA = Path(__file__).parents[2] / "data" / "excel"


class Stopped(Exception):
    """What stands for a process that dies."""


class Stopping:
    """A watch that stops an import at the call of that number, before or after its rows were noted."""

    def __init__(self, calls: int) -> None:
        self.calls = calls
        self.saved = False

    def progress(self, done: float, total: float, step: str) -> None:
        assert 0 <= done <= total
        self._count()

    def save(self, checkpoint: Any) -> None:
        self._count()
        self.saved = True

    def _count(self) -> None:
        self.calls -= 1
        if not self.calls:
            raise Stopped


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database for the tests that need no server."""
    url = f"sqlite:///{tmp_path_factory.mktemp('database')}/callboard.db"
    RESEARCH.upgrade(url)
    engine = connect(url)
    yield engine
    engine.dispose()


@pytest.fixture
def lite(file: Engine) -> Iterator[Engine]:
    """The same with nothing in it."""
    yield file
    with writing(file) as session:
        for table in (DatasetEntryRow, DatasetRow, ImportRow):
            session.execute(delete(table))


def run(database: Engine, path: Path, table: str = "t", **options: Any) -> dict[str, Any]:
    watch, again = options.pop("watch", None), options.pop("again", False)
    with open_book(path, path.name) as book:
        source = Source(path.name, f"hash of {path.name}")
        return import_book(database, book, source, order_of(table, **options), watch=watch, run="job", again=again)


def rows(database: Engine, table: str = "t") -> list[dict[str, Any]]:
    return list(store.rows(database, table))


def text(value: str) -> str:
    return f'<c t="inlineStr"><is><t>{value}</t></is></c>'


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Ten rows and two columns, with a blank line in the middle."""
    lines = [f'<row r="{n + 1 + n // 6}"><c><v>{n}</v></c>{text(f"name {n}")}</row>' for n in range(1, 11)]
    return xlsx(tmp_path / "small.xlsx", f'<row r="1">{text("id")}{text("name")}</row>' + "".join(lines))


# S5.28 S2.41
def test_an_import_that_is_stopped_anywhere_goes_on_without_a_lost_or_doubled_row(
    database: Engine, small: Path
) -> None:
    stops = 0
    for at in range(1, 12):
        watch = Stopping(at)
        try:
            result = run(database, small, f"t{at}", batch_size=3, watch=watch)
        except Stopped:
            stops += 1
            result = run(database, small, f"t{at}", batch_size=3, again=watch.saved)
        assert [row["id"] for row in rows(database, f"t{at}")] == list(range(1, 11))
        assert (result["rows"], result["inserted"], result["updated"]) == (10, 10, 0)
    assert stops == 10


def test_text_that_no_database_can_hold_is_stored_without_that(database: Engine, tmp_path: Path) -> None:
    lines = f"<row>{text('vo_x0000_lts')}{text('n')}</row><row>{text('a_xD800_b_x0000_')}<c t='e'><v>#N/A</v></c></row>"
    result = run(database, xlsx(tmp_path / "odd.xlsx", f"<row>{text('a _x0001_ note')}</row>{lines}"))
    assert rows(database) == [{"volts": "ab", "n": None}]
    assert result["errors"] == 1


def test_every_row_knows_where_it_came_from(lite: Engine, small: Path) -> None:
    run(lite, small)
    with reading(lite) as session:
        entries = session.scalars(select(DatasetEntryRow).order_by(DatasetEntryRow.id)).all()
    assert [entry.line for entry in entries] == [2, 3, 4, 5, 6, 8, 9, 10, 11, 12]
    assert {(entry.source, entry.sheet) for entry in entries} == {("hash of small.xlsx", "Data")}


def test_real_tables_come_in_as_they_are_in_the_sheets(lite: Engine) -> None:
    result = run(lite, DATA / "deaths.xlsx", "deaths")
    found = rows(lite, "deaths")
    assert (len(found), result["inserted"], result["errors"]) == (20, 20, 0)
    assert found[0] == {
        "Name": "David Bowie",
        "Profession": "musician",
        "Age": 69,
        "Has kids": True,
        "Date of birth": "1947-01-08",
        "Date of death": "2016-01-10",
    }
    assert [sheet["sheet"] for sheet in result["sheets"]] == ["arts", "other"]


# S5.4
def test_cells_in_error_are_blank_and_reported_by_their_addresses(lite: Engine) -> None:
    result = run(lite, DATA / "errors.xlsx")
    assert (result["rows"], result["errors"]) == (7, 7)
    assert result["problems"][0] == {
        "cell": "Feuil1!A1",
        "column": "column_A",
        "expected": "a value",
        "got": "#DIV/0!",
    }
    assert [row["column_A"] for row in rows(lite)] == [None] * 7


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A row that fits, one with a word for a number, and one with neither key nor number."""
    lines = (
        f"<row>{text('a')}<c><v>1</v></c></row><row>{text('b')}{text('n/a')}</row>"
        f'<row>{text(" ")}<c t="e"><v>#REF!</v></c></row>'
    )
    return xlsx(tmp_path / "mixed.xlsx", f"<row>{text('code')}{text('volts')}</row>{lines}")


def test_what_columns_must_hold_is_checked(lite: Engine, mixed: Path) -> None:
    result = run(lite, mixed, types={"volts": "number"}, keys=["code"])
    assert [(p["cell"], p["expected"], p["got"]) for p in result["problems"]] == [
        ("Data!B3", "a number", "'n/a'"),
        ("Data!A4", "a value by which the row is known", "nothing"),
        ("Data!B4", "a number", "#REF!"),
    ]
    assert rows(lite) == [{"code": "a", "volts": 1}, {"code": "b", "volts": None}]
    assert (result["rows"], result["inserted"], result["skipped"], result["errors"]) == (3, 2, 1, 3)


def test_a_row_with_a_bad_cell_may_be_left_out(lite: Engine, mixed: Path) -> None:
    result = run(lite, mixed, types={"volts": "number"}, on_error="skip")
    assert rows(lite) == [{"code": "a", "volts": 1}]
    assert (result["inserted"], result["skipped"]) == (1, 2)


def test_a_bad_cell_may_refuse_all_rows(lite: Engine, mixed: Path) -> None:
    with pytest.raises(BadCells, match=r"2 cells are not as expected, nothing was imported: Data!B3 \(volts\)"):
        run(lite, mixed, types={"volts": "number"}, on_error="fail", batch_size=1)
    assert not exists(lite)


def exists(lite: Engine) -> bool:
    with reading(lite) as session:
        return session.scalar(select(DatasetEntryRow.id).limit(1)) is not None


# S5.6
@pytest.mark.parametrize(
    ("conflict", "names", "counts"),
    [("update", ["name 1", "name 2"], (8, 2, 0)), ("skip", ["old", "old"], (8, 0, 2))],
)
def test_rows_that_are_there_are_updated_or_skipped(
    conflict: str, names: list[str], counts: tuple[int, ...], lite: Engine, small: Path, tmp_path: Path
) -> None:
    lines = f"<row><c><v>1</v></c>{text('old')}</row><row><c><v>2</v></c>{text('old')}</row>"
    earlier = xlsx(tmp_path / "earlier.xlsx", f"<row>{text('id')}{text('name')}</row>{lines}")
    run(lite, earlier, keys=["id"])
    result = run(lite, small, conflict=conflict, batch_size=3)  # The dataset knows its keys.
    assert [row["name"] for row in rows(lite)][:2] == names
    assert (result["inserted"], result["updated"], result["skipped"]) == counts
    with pytest.raises(RowConflict, match="nothing was imported, rows are in table t already"):
        run(lite, small, conflict="fail")


def test_a_key_that_comes_twice_in_the_file_is_counted_or_refused(lite: Engine, tmp_path: Path) -> None:
    lines = "".join(f"<row>{text(code)}<c><v>{n}</v></c></row>" for n, code in enumerate("abacab"))
    path = xlsx(tmp_path / "twice.xlsx", f"<row>{text('code')}{text('n')}</row>{lines}")
    with pytest.raises(RowConflict, match="in the file more than once"):
        run(lite, path, keys=["code"], conflict="fail", batch_size=2)
    result = run(lite, path, keys=["code"], batch_size=2)
    assert {row["code"]: row["n"] for row in rows(lite)} == {"a": 4, "b": 5, "c": 3}
    assert result["sheets"][0]["repeated_keys"] == 3


def test_merged_cells_have_their_value_once_or_everywhere(lite: Engine) -> None:
    run(lite, DATA / "merged_range.xlsx", "once", sheets=["Sheet2"], header_row=0)
    run(lite, DATA / "merged_range.xlsx", "filled", sheets=["Sheet2"], header_row=0, merged="fill")
    once, filled = ([row["column_A"] for row in rows(lite, table)] for table in ("once", "filled"))
    assert once == ["A1", None, None]
    assert filled == ["A1", "A1", "A1"]


def test_a_key_that_no_column_has_is_refused_before_anything_is_stored(lite: Engine, small: Path) -> None:
    with pytest.raises(UnknownSheet, match="sheet 'Data' has no column 'volt'; it has 'id', 'name'"):
        run(lite, small, keys=["volt"])
    assert not exists(lite)


def test_another_file_under_the_same_name_of_a_run_begins_anew(lite: Engine, small: Path, mixed: Path) -> None:
    run(lite, small)
    assert run(lite, mixed, again=True)["inserted"] == 3


def test_the_result_stays_small_however_many_cells_are_bad(lite: Engine, tmp_path: Path) -> None:
    lines = "".join('<row><c t="e"><v>#N/A</v></c></row>' for _ in range(300))
    result = run(lite, xlsx(tmp_path / "bad.xlsx", lines), batch_size=100)
    assert (result["errors"], len(result["problems"])) == (300, 100)
