"""Workbooks that calamine reads: what it leaves blank without a word is told of all the same."""

from __future__ import annotations

import struct
from datetime import date
from pathlib import Path

import pytest

from research.sheets.cells import CellError, SheetRow
from research.sheets.errors import Damaged, TooLarge
from research.sheets.limits import Limits
from research.sheets.open_book import open_book
from research.sheets.xls import measured
from research.sheets.xls_strings import text_lengths
from tests.research.sheets.workbooks import number, ods, record, xls, xls_stream

DATA = Path(__file__).parents[2] / "data" / "excel"


def test_errors_of_an_old_workbook_are_seen() -> None:
    with open_book(DATA / "types.xls", "types.xls") as book:
        rows = {row.line: row.cells for row in book.rows("smorgasbord")}
    found = {line: cells[1] for line, cells in rows.items() if isinstance(cells.get(1), CellError)}
    words = ["#N/A", "#N/A", "#NAME?", "#VALUE!", "#DIV/0!", "#REF!", "#NUM!", "#NULL!"]
    assert [found[line].text for line in range(13, 21)] == words
    assert len(found) == 8


def test_whole_numbers_stay_whole_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    error = record(0x0205, struct.pack("<HHHBB", 5, 1, 0, 42, 1))
    path = xls(tmp_path / "a.xls", number(2, 3, 1.5) + number(4, 2, 7.0) + error)
    with open_book(path, "a.xls") as book:
        assert list(book.rows("Data")) == [
            SheetRow(3, {3: 1.5}),
            SheetRow(5, {2: 7}),
            SheetRow(6, {1: CellError("#N/A")}),
        ]


def test_a_binary_workbook_is_read_with_its_hidden_sheet_and_its_error() -> None:
    with open_book(DATA / "readings.xlsb", "readings.xlsb") as book:
        assert [(sheet.name, sheet.state) for sheet in book.sheets] == [("Readings", "visible"), ("Hidden", "hidden")]
        rows = list(book.rows("Readings"))
    assert rows[1] == SheetRow(2, {0: 1, 1: "Größe", 2: date(2021, 5, 6), 3: 0.5, 4: True})
    assert rows[3] == SheetRow(4, {0: 3, 2: date(2021, 5, 8), 3: CellError("#DIV/0!"), 4: True})


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (
            '<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>',
            "24,000,000 characters",
        ),
        ('<table:table-cell><text:p>a<text:s text:c="9999999"/></text:p></table:table-cell>', "a cell in line 1 has"),
        ('<table:table-cell office:value-type="string" office:string-value="{text}"/>', "24,000,000 characters"),
        ('<table:table-cell office:value-type="string" calcext:value-type="error"/>', "100,000 cells"),
    ],
)
def test_a_cell_that_is_written_once_and_meant_a_million_times_is_refused(
    cell: str, words: str, tmp_path: Path
) -> None:
    row = f'<table:table-row table:number-rows-repeated="1000000">{cell.format(text="x" * 100)}</table:table-row>'
    path = ods(tmp_path / "a.ods", f'<table:table table:name="T">{row}</table:table>')
    with pytest.raises(TooLarge, match=words), open_book(path, "a.ods"):
        pass


def test_texts_are_counted_across_records() -> None:
    def text(letters: str, flags: int = 0, extra: bytes = b"") -> bytes:
        letter = letters.encode("utf-16-le" if flags & 1 else "latin-1")
        return struct.pack("<HB", len(letters), flags) + extra[:6] + letter + extra[6:]

    rich = struct.pack("<HI", 1, 3) + b"runs" + b"ext"
    table = struct.pack("<II", 9, 4) + text("one") + text("größe", 1) + text("rich", 12, rich) + text("split")
    assert list(text_lengths([table])) == [3, 5, 4, 5]
    # The rest of the last text goes on in another record, in wide letters.
    assert list(text_lengths([table[:-2], b"\x01i\0t\0"])) == [3, 5, 4, 5]
    with pytest.raises(Damaged, match="end in the middle"):
        text_lengths([table[:-2]])


def test_many_cells_with_one_long_text_are_refused() -> None:
    shared = record(0x00FC, struct.pack("<II", 1, 1) + struct.pack("<HB", 8_000, 0) + b"x" * 8_000)
    cells = b"".join(record(0x00FD, struct.pack("<HHHI", line, 0, 0, 0)) for line in range(3_000))
    found = measured(xls_stream(cells, shared), Limits())[0]
    assert found
    assert (found.last_line, found.characters) == (2_999, 24_000_000)
    with pytest.raises(TooLarge, match="more than 23,999,999 characters"):
        measured(xls_stream(cells, shared), Limits(sheet_text=23_999_999))


def test_an_open_document_is_read_without_its_endless_blank_rows(tmp_path: Path) -> None:
    cells = (
        '<table:table-cell office:value-type="float" office:value="3"/>'
        '<table:table-cell office:value-type="date" office:date-value="2020-02-03"/>'
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
        'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>'
    )
    blank = '<table:table-row table:number-rows-repeated="1048573"><table:table-cell/></table:table-row>'
    row = f'<table:table-row table:number-rows-repeated="2">{cells}</table:table-row>'
    path = ods(tmp_path / "a.ods", f'<table:table table:name="T">{row}{blank}</table:table>')
    with open_book(path, "a.ods") as book:
        values = {0: 3, 1: date(2020, 2, 3), 2: CellError("#DIV/0!")}
        assert list(book.rows("T")) == [SheetRow(1, values), SheetRow(2, values)]
