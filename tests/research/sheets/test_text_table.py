"""Tables as text: encodings, separators, and numbers that are none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from research.sheets.errors import Damaged, TooLarge
from research.sheets.open_book import open_book
from research.sheets.text_table import value


def rows(path: Path, content: bytes) -> list[list[Any]]:
    file = path / "table.csv"
    file.write_bytes(content)
    with open_book(file, "table.csv") as book:
        return [list(row.cells.values()) for row in book.rows("table")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        ("-3.50", -3.5),
        (".5", 0.5),
        ("1.8e-06", 1.8e-06),
        ("0.00003757498468776416", 0.00003757498468776416),
        ("007", "007"),
        ("+4930", "+4930"),
        ("1234567890123456", "1234567890123456"),
        ("1,5", "1,5"),
        ("1e999", "1e999"),
        ("NaN", "NaN"),
        ("٣", "٣"),
        ("2016-01-31", "2016-01-31"),
    ],
)
def test_text_is_a_number_only_where_nothing_is_lost(text: str, expected: Any) -> None:
    assert (value(text), type(value(text))) == (expected, type(expected))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_encoding_and_separator_are_found(encoding: str, separator: str, tmp_path: Path) -> None:
    lines = [["näme", "wert"], ["größe, breite; höhe", "1"], ["zeile\nzwei", "2"]]
    text = "\r\n".join(f'"{first}"{separator}{second}' for first, second in lines)
    expected = [["näme", "wert"], ["größe, breite; höhe", 1], ["zeile\nzwei", 2]]
    assert rows(tmp_path, text.encode(encoding)) == expected


def test_a_field_without_end_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLarge, match="more than 100,000 characters"):
        rows(tmp_path, b'a,b\n"' + b"x" * 200_000)


def test_bytes_that_are_no_text_are_damaged(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="utf-16"):
        rows(tmp_path, "a,b\n".encode("utf-16") + b"\x00\xd8\x00")
