"""The order of an import from the options of a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from research.sheets.importing import BATCH, Order
from research.sheets.records import Form
from research.sheets.survey import Wanted


def order_of(
    table: str,
    *,
    batch_size: int = BATCH,
    sheets: Sequence[str] = (),
    header_row: int | None = None,
    keys: Sequence[str] = (),
    types: Mapping[str, str] | None = None,
    merged: str = "first",
    keep_notes: bool = False,
    on_error: str = "report",
    conflict: str = "update",
) -> Order:
    """The order, with the meanings and defaults of the arguments of `excel_import`."""
    fill = merged == "fill"
    return Order(
        table,
        Wanted(tuple(sheets), header_row, keep_notes, fill),
        Form(dict(types or {}), tuple(keys), fill),
        batch_size,
        on_error,
        conflict,
    )
