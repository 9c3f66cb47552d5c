"""What is no workbook, or made to hurt, is refused before it costs time or memory."""

from __future__ import annotations

import io
import random
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from research.sheets.cells import SheetRow
from research.sheets.errors import Damaged, NotATable, PasswordProtected, SheetError
from research.sheets.limits import LIMITS, Limits
from research.sheets.open_book import open_book
from tests.research.sheets.bombs import MB, REFUSED
from tests.research.sheets.workbooks import archive, parts, record, sheet, xls

DATA = Path(__file__).parents[2] / "data" / "excel"
# What takes seconds to build is tried by `python -m tests.system.faults A4`.
SLOW = {
    "cell of 150 MB",
    "cell of 300 MB",
    "10 M rows",
    "10 M rows, unlike",
    "tag of 100 MB",
    "10 M lines",
    "100,000 parts",
}
QUICK = sorted(REFUSED.keys() - SLOW)


def read(path: Path, name: str, limits: Limits = LIMITS) -> list[SheetRow]:
    with open_book(path, name, limits) as book:
        return [row for sheet in book.sheets for row in book.rows(sheet.name)]


# A4
@pytest.mark.parametrize("bomb", QUICK)
def test_a_bomb_is_refused_at_once(bomb: str, tmp_path: Path) -> None:
    build, name, words = REFUSED[bomb]
    path = build(tmp_path / name)
    tracemalloc.start()
    began = time.process_time()
    try:
        with pytest.raises(SheetError, match=words):
            read(path, name)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - began < 2
    assert peak < 20 * MB


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (Limits(file_bytes=1_000), "at most 0 MB are read"),
        (Limits(part_bytes=1_000), "at most 0 MB are read"),
        (Limits(unpacked_bytes=10_000), "unpack to more than 0 MB"),
        (Limits(parts=3), "parts, at most 3 are read"),
        (Limits(cells=75), "the sheet has more than 75 cells"),
        (Limits(lines=10), "row 11: a sheet has at most 10 rows"),
        (Limits(text=20), "more than 20 characters"),
        (Limits(strings_bytes=100), "texts of the workbook take more"),
        (Limits(sheets=1), "more than 1 sheets"),
        (Limits(merged=0), "more than 0 merged areas"),
    ],
)
def test_each_limit_is_kept(limits: Limits, words: str) -> None:
    with pytest.raises(SheetError, match=words):
        read(DATA / "deaths.xlsx", "deaths.xlsx", limits)


def test_macros_are_told_of_and_their_part_is_never_opened(tmp_path: Path) -> None:
    rows = '<row r="1"><c r="A1"><v>7</v></c></row>'
    path = archive(tmp_path / "a.xlsm", parts(sheet(rows), more={"xl/vbaProject.bin": b"Auto_Open"}))
    content = path.read_bytes().replace(b"Auto_Open", b"Auto_Boom")  # whoever reads the part finds a wrong checksum
    path.write_bytes(content)
    with open_book(path, "a.xlsm") as book:
        assert book.macros
        assert list(book.rows("Data")) == [SheetRow(1, {0: 7})]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "a.xlsx", "is empty"),
        (b"<html><table>", "a.xls", "got a web page"),
        (b"no table", "a.xlsx", "got something else"),
        (b"\x00\x01\x02\x03", "a.csv", "got other data"),
    ],
)
def test_what_is_no_table_is_told_so(content: bytes, name: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(NotATable, match=words):
        read(path, name)


def test_an_archive_of_other_files_is_no_workbook(tmp_path: Path) -> None:
    with pytest.raises(NotATable, match="archive of other files"):
        read(archive(tmp_path / "a.xlsx", {"readme.txt": "hello"}), "a.xlsx")


def test_a_password_is_told_of() -> None:
    with pytest.raises(PasswordProtected, match="password"):
        read(DATA / "pass_protected.xlsx", "a.xlsx")


def test_an_old_workbook_with_a_password_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(PasswordProtected, match="password"):
        read(xls(tmp_path / "a.xls", b"", record(0x002F, bytes(6))), "a.xls")


@pytest.mark.parametrize("file", ["types.xls", "deaths.xlsx", "errors.xlsx"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.98])
def test_a_workbook_that_was_cut_off_is_damaged(file: str, share: float, tmp_path: Path) -> None:
    content = (DATA / file).read_bytes()
    path = tmp_path / file
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(Damaged):
        read(path, file)


@pytest.mark.parametrize("file", ["deaths.xlsx", "readings.xlsb", "types.xls"])
def test_a_workbook_with_wrong_bytes_in_it_is_read_or_refused(file: str, tmp_path: Path) -> None:
    seeded, path = random.Random(file), tmp_path / file
    whole, refused = (DATA / file).read_bytes(), 0
    for _ in range(40):
        path.write_bytes(with_wrong_bytes(whole, seeded))
        try:
            read(path, file)
        except SheetError:
            refused += 1
    assert refused


def with_wrong_bytes(content: bytes, seeded: random.Random) -> bytes:
    """The file with some bytes changed, where it is an archive in one of its parts, packed again."""
    if not content.startswith(b"PK"):
        return spoilt(content, seeded)
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        parts = {name: zipped.read(name) for name in zipped.namelist() if "theme" not in name}
    chosen = seeded.choice(sorted(parts))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, part in parts.items():
            zipped.writestr(name, spoilt(part, seeded) if name == chosen else part)
    return target.getvalue()


def spoilt(content: bytes, seeded: random.Random) -> bytes:
    spoilt = bytearray(content)
    for _ in range(3):
        at = seeded.randrange(len(spoilt))
        spoilt[at : at + seeded.choice((0, 1, 1, 20))] = seeded.randbytes(seeded.choice((0, 1, 4)))
    return bytes(spoilt)


def test_a_workbook_under_a_wrong_name_is_read_as_what_it_is() -> None:
    assert len(read(DATA / "errors.xlsx", "errors.csv")) == 7
