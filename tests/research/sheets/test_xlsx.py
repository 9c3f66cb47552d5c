"""Cells of .xlsx workbooks: what each kind holds, and what cannot be read and is told."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from research.sheets.cells import Area, CellError
from research.sheets.errors import Damaged
from research.sheets.open_book import open_book
from research.sheets.xlsx_dates import format_kind
from tests.research.sheets.workbooks import xlsx

DATA = Path(__file__).parents[2] / "data" / "excel"
STYLES = (
    '<numFmts><numFmt numFmtId="164" formatCode="[h]:mm"/>'
    '<numFmt numFmtId="165" formatCode="0.00&quot; days&quot;"/></numFmts>'
    "<cellXfs>" + "".join(f'<xf numFmtId="{number}"/>' for number in (0, 14, 22, 21, 164, 165)) + "</cellXfs>"
)


def cells(path: Path, sheet: str = "Data") -> dict[tuple[int, int], Any]:
    with open_book(path, path.name) as book:
        return {(row.line, column): value for row in book.rows(sheet) for column, value in row.cells.items()}


def one(tmp_path: Path, cell: str, **more: str) -> Any:
    return cells(xlsx(tmp_path / "a.xlsx", f'<row r="1">{cell}</row>', **more)).get((1, 0))


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("<c><v>12</v></c>", 12),
        ("<c><v>1.5E-3</v></c>", 0.0015),
        ("<c><v>9007199254740993</v></c>", 9007199254740992),
        ('<c t="s"><v>1</v></c>', "007"),
        ('<c t="inlineStr"><is><r><t>rich </t></r><r><t>text</t></r><rPh><t>kana</t></rPh></is></c>', "rich text"),
        ('<c t="str"><f>A1</f><v>a_x000D_b</v></c>', "a\rb"),
        ('<c t="b"><v>1</v></c>', True),
        ('<c t="e"><f>1/0</f><v>#DIV/0!</v></c>', CellError("#DIV/0!")),
        ("<c><f>SUM(B1:B9)</f><v>42</v></c>", 42),
        ("<c><f>SUM(B1:B9)</f></c>", CellError("a formula without a stored result")),
        ("<c><v>1e999</v></c>", CellError("no number: 1e999")),
        ('<c t="inlineStr"><is><t>   </t></is></c>', None),
        ('<c s="1"><v>42370</v></c>', date(2016, 1, 1)),
        ('<c s="1"><v>42370.5</v></c>', datetime.fromisoformat("2016-01-01T12:00")),
        ('<c s="2"><v>42370</v></c>', datetime.fromisoformat("2016-01-01")),
        ('<c s="3"><v>0.25</v></c>', time(6)),
        ('<c s="4"><v>1.5</v></c>', timedelta(hours=36)),
        ('<c s="5"><v>1.5</v></c>', 1.5),
        ('<c s="1"><v>60</v></c>', CellError("1900-02-29, a day that never was")),
        ('<c s="1"><v>59</v></c>', date(1900, 2, 28)),
        ('<c s="1"><v>61</v></c>', date(1900, 3, 1)),
        ('<c s="1"><v>-1</v></c>', CellError("no date: day -1")),
        ('<c s="1"><v>99999999</v></c>', CellError("no date: day 1e+08")),
    ],
)
def test_a_cell_holds(cell: str, value: Any, tmp_path: Path) -> None:
    found = one(tmp_path, cell, styles=STYLES, strings="<si><t>x</t></si><si><t>007</t></si>")
    assert (found, type(found)) == (value, type(value))


def test_days_may_be_counted_from_1904(tmp_path: Path) -> None:
    assert one(tmp_path, '<c s="1"><v>0</v></c>', styles=STYLES, properties='date1904="1"') == date(1904, 1, 1)
    found = cells(DATA / "date_1904.xlsx", "Sheet1")
    assert found[1, 0] == date(2021, 1, 1)
    assert found[3, 0] == timedelta(hours=255, minutes=10, seconds=10)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("yyyy-mm-dd", "date"),
        ("mmm yy", "date"),
        ("[$-409]d/m/yyyy h:mm AM/PM;@", "moment"),
        ("mm:ss.0", "time"),
        ("[mm]:ss", "duration"),
        ("[Red]0.00", None),
        ('0 "days"', None),
        ("General", None),
        ("0.00 USD", None),
        ("mm:ss.000", "time"),
        ("#,##0.00\\ \\d", None),
        ("_-* #,##0_-", None),
    ],
)
def test_a_format_tells_dates_from_numbers(code: str, kind: str | None) -> None:
    assert format_kind(code) == kind


def test_every_error_of_a_sheet_is_seen() -> None:
    found = cells(DATA / "errors.xlsx", "Feuil1")
    expected = ["#DIV/0!", "#NAME?", "#VALUE!", "#NULL!", "#REF!", "#NUM!", "#N/A"]
    assert [found[line, 0].text for line in range(1, 8)] == expected


def test_a_sheet_of_another_kind_is_listed_and_not_read() -> None:
    with open_book(DATA / "any_sheets.xlsx", "a.xlsx") as book:
        kinds = {sheet.name: (sheet.kind, sheet.state) for sheet in book.sheets}
    assert kinds == {
        "Visible": ("worksheet", "visible"),
        "Hidden": ("worksheet", "hidden"),
        "VeryHidden": ("worksheet", "very hidden"),
        "Chart": ("chart", "visible"),
    }


def test_merged_areas_are_known_when_the_rows_were_read() -> None:
    with open_book(DATA / "merged_range.xlsx", "a.xlsx") as book:
        list(book.rows("Sheet2"))
        assert Area(1, 0, 4, 0) in book.merged("Sheet2")
        assert len(book.merged("Sheet2")) == 6


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ('<row r="2"/><row r="1"/>', "row 1 of the sheet comes after row 2"),
        ('<row r="1"><c r="A1"><v>1</v></c><c r="A1"><v>2</v></c></row>', "cell A1 comes twice"),
        ('<row r="1"><c r="A1" t="s"><v>5</v></c></row>', "refers to a text that is not there"),
        ('<row r="1"><c r="Ä1"><v>1</v></c></row>', "has no place"),
        ('<row r="x"/>', "a number of a row"),
    ],
)
def test_a_sheet_that_contradicts_itself_is_damaged(rows: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(Damaged, match=words):
        cells(xlsx(tmp_path / "a.xlsx", rows))


@pytest.mark.parametrize("name", ["naics-2017.xlsx", "deaths.xlsx", "type-me.xlsx", "vietnamese-utf8.xlsx"])
def test_real_workbooks_have_the_values_that_another_reader_finds(name: str) -> None:
    other = load_workbook(DATA / name, data_only=True)
    for sheet in other.worksheets:
        expected = {
            (cell.row, cell.column - 1): cell.value
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None and str(cell.value).strip()
        }
        # That reader knows moments only.
        found = {
            place: datetime.fromisoformat(value.isoformat()) if type(value) is date else value
            for place, value in cells(DATA / name, sheet.title).items()
        }
        assert found == expected
