"""The rows of a workbook's sheet (xlsx, xlsb, xls, ods), each with its row number, read in Rust by calamine."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from research.experiments.errors import TableTooLarge, UnreadableTable

Row = tuple[int, list[Any]]
ZIP: Final = b"PK\x03\x04"
OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
UNPACKED_BYTES: Final = 400 * 1024 * 1024
PARTS: Final = 5_000


def is_workbook(path: Path) -> bool:
    """Whether the first bytes are those of a workbook; its name is not asked."""
    with path.open("rb") as file:
        start = file.read(8)
    return start.startswith(ZIP) or start == OLE


def open_workbook(path: Path) -> Any:
    """The workbook. Raises UnreadableTable where it is protected or damaged, TableTooLarge where it would unpack so."""
    import python_calamine as calamine

    check_size(path)
    try:
        return calamine.CalamineWorkbook.from_path(str(path))
    except calamine.PasswordError:
        raise UnreadableTable("the workbook is protected by a password; store it without one") from None
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise UnreadableTable(f"the workbook is damaged or of another kind: {error}") from None


def check_size(path: Path) -> None:
    """Look at what the parts unpack to before anything is unpacked. Raises TableTooLarge, UnreadableTable."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError) as error:
        raise UnreadableTable(f"the workbook is damaged: {error}") from None
    size = sum(part.file_size for part in parts)
    if len(parts) > PARTS or size > UNPACKED_BYTES:
        raise TableTooLarge(
            f"a workbook may unpack to {UNPACKED_BYTES // 1024 // 1024} MB in {PARTS:,} parts, "
            f"this one would to {size / 1024 / 1024:,.0f} MB in {len(parts):,}"
        )


def sheets_of(workbook: Any, wanted: str | None) -> list[str]:
    """The sheet asked for, or all visible ones that hold cells. Raises UnreadableTable, naming those there are."""
    import python_calamine as calamine

    names = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == calamine.SheetTypeEnum.WorkSheet
        and (wanted is not None or sheet.visible == calamine.SheetVisibleEnum.Visible)
    ]
    if wanted is None:
        if not names:
            raise UnreadableTable("a sheet with cells was expected, the workbook has none that is visible")
        return names
    if wanted not in names:
        raise UnreadableTable(f"sheet {wanted!r} is unknown; there is {', '.join(names) or 'none'}")
    return [wanted]


def sheet_rows(workbook: Any, name: str) -> Iterator[Row]:
    """The rows of a sheet with their numbers, empty cells as None. Raises UnreadableTable."""
    import python_calamine as calamine

    try:
        rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise UnreadableTable(f"sheet {name!r} is damaged: {error}") from None
    for position, row in enumerate(rows, start=1):
        yield position, [None if cell == "" else cell for cell in row]
