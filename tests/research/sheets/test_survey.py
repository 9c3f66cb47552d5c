"""Where tables begin and end: headers below titles, notes below rows, names that are missing or come twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from research.sheets.cells import SheetRow
from research.sheets.errors import NothingToImport, UnknownSheet
from research.sheets.header import column_names, find_header
from research.sheets.open_book import open_book
from research.sheets.survey import Extent, Survey, Wanted, survey
from research.sheets.survey_json import survey_of, survey_values

DATA = Path(__file__).parents[2] / "data" / "excel"


def look(name: str, wanted: Wanted | None = None) -> Survey:
    with open_book(DATA / name, name) as book:
        return survey(book, wanted or Wanted(), lambda: None)


def table(*lines: list[Any]) -> list[SheetRow]:
    return [
        SheetRow(number, {column: value for column, value in enumerate(line) if value is not None})
        for number, line in enumerate(lines, 1)
        if any(value is not None for value in line)
    ]


@pytest.mark.parametrize(
    ("rows", "header"),
    [
        (table(["a", "b"], ["x", 1], ["y", 2]), 1),
        (table(["a", "b"], ["x", "u"], ["y", "v"]), 1),
        (table(["Report of May"], [None], ["a", "b"], ["x", 1], ["y", 2]), 3),
        (table(["Made on", 3], ["a", "b", "c"], ["x", 1, 2], ["y", 2, 3]), 2),
        (table(["place", 2019, 2020], ["north", 1.5, 2.5], ["south", 1, 2]), 1),
        (table(["group", None, "group", None], ["a", "b", "c", "d"], [1, 2, 3, 4], [5, 6, 7, 8]), 2),
        (table([1, 2], [3, 4], ["the end", None]), None),
        (table(["only one line"]), None),
        ([], None),
    ],
)
def test_the_header_is_found(rows: list[SheetRow], header: int | None) -> None:
    assert find_header(rows) == header


def test_every_column_gets_a_name_of_its_own() -> None:
    header = SheetRow(1, {0: "a\n b", 1: "a b", 3: 2019, 4: "a b (2)"})
    assert column_names(header, [0, 1, 2, 3, 4]) == {
        0: "a b",
        1: "a b (2)",
        2: "column_C",
        3: "2019",
        4: "a b (2) (2)",
    }


def test_a_table_between_notes_is_found_in_each_sheet() -> None:
    found = look("deaths.xlsx")
    assert [(plan.sheet, plan.header, plan.first, plan.last, plan.rows) for plan in found.plans] == [
        ("arts", 5, 6, 15, 10),
        ("other", 5, 6, 15, 10),
    ]
    assert found.plans[0].notes[0] == "row 1: Lots of people"
    assert found.plans[0].note_rows == 8


@pytest.mark.parametrize(
    ("last", "rows"),
    [
        ([["z", None]], 3),
        ([[None], ["Source: the lab", None]], 2),
        ([[None], ["Source: the lab", None], ["2020", None]], 2),
        ([[None], [7, None]], 3),
        ([[None], ["Source: the lab", None], ["z", 3]], 4),
    ],
)
def test_in_a_narrow_table_a_note_stands_apart(last: list[list[Any]], rows: int) -> None:
    extent = Extent(2, keep_notes=False)
    for row in table(["x", 1], ["y", 2], *last):
        extent.add(row)
    assert extent.rows == rows


def test_notes_are_rows_for_whom_they_are() -> None:
    assert [plan.rows for plan in look("deaths.xlsx", Wanted(keep_notes=True)).plans] == [14, 14]


def test_sheets_that_are_left_out_are_named_with_the_reason() -> None:
    found = look("any_sheets.xlsx")
    assert found.left_out == {"Hidden": "hidden", "VeryHidden": "very hidden", "Chart": "chart sheet"}


def test_a_workbook_without_a_row_is_no_success() -> None:
    with pytest.raises(NothingToImport, match=r"no row to import in any sheet .*Chart: chart sheet; Hidden: empty"):
        look("any_sheets.xlsx", Wanted(sheets=("Hidden",)))


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted(sheets=("Sheet9",)), "there is no sheet 'Sheet9'; the workbook has 'Visible'"),
        (Wanted(sheets=("Chart",)), "is a chart sheet"),
        (Wanted(header_row=4), "row 4 of sheet 'Visible' was to be the header"),
    ],
)
def test_what_is_asked_for_and_not_there_is_refused(wanted: Wanted, words: str) -> None:
    with pytest.raises(UnknownSheet, match=words):
        look("any_sheets.xlsx", wanted)


def test_a_survey_survives_its_way_through_json() -> None:
    found = look("merged_range.xlsx", Wanted(fill_merged=True))
    assert found.plans[0].merged
    assert survey_of(survey_values(found)) == found
