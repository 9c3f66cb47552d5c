"""How much of a file is read, in one table: beyond it a workbook is refused before it costs memory or time."""

from dataclasses import dataclass
from typing import Final

MB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a workbook may have; 100,000 rows of 12 columns (60 MB unpacked) are well within."""

    file_bytes: int = 100 * MB
    part_bytes: int = 256 * MB
    """One part of the archive, unpacked; it is read as a stream, so this bounds time and not memory."""
    unpacked_bytes: int = 512 * MB
    """All parts that are read."""
    small_part_bytes: int = 16 * MB
    """A part that says what the others are: list of sheets, styles."""
    ratio: int = 200
    """Unpacked to packed; sheets reach 10 to 60. Parts under `ratio_from` may be as regular as they like."""
    ratio_from: int = 4 * MB
    parts: int = 10_000
    directory_bytes: int = 2 * MB
    cells: int = 3_000_000
    dense_cells: int = 1_250_000
    """Of a sheet that is read as a whole: each takes up to 150 bytes, blank ones too."""
    sheet_text: int = 24_000_000
    """Characters of all cells of such a sheet: a text that cells share is read anew for each of them."""
    errors: int = 100_000
    """Cells in error of a sheet that is read as a whole."""
    lines: int = 1_048_576
    columns: int = 4_096
    text: int = 100_000
    """Characters of one cell; a spreadsheet program allows 32,767."""
    strings_bytes: int = 96 * MB
    """All shared texts of a workbook, which are kept in memory while it is read."""
    merged: int = 50_000
    sheets: int = 1_000
    whole_bytes: int = 64 * MB
    """Unpacked, of a workbook that is read as a whole."""


LIMITS: Final = Limits()
