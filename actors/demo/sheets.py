"""Sheets of a lab, with what people type into them: faults that no retry can help, and faults of the code."""

from __future__ import annotations

from typing import Any, Final

from marshmallow import Schema, fields

from actors.demo.work import work
from callboard.jobs.errors import Permanent
from callboard.jobs.policy import Queue, Retry
from callboard.worker.context import Context
from callboard.worker.job import job

sheets = Queue("lab-sheets")
COLUMNS: Final = ("time", "voltage", "current", "pH")
FACTORS: Final = {"V": 1.0, "mV": 1e-3, "A": 1.0, "mA": 1e-3, "": 1.0}


class ReadSheet(Schema):
    """Which sheet, and what of it."""

    sheet = fields.String(required=True, metadata={"description": "name of the sheet"})
    column = fields.String(load_default="voltage", metadata={"description": f"one of {', '.join(COLUMNS)}"})
    unit = fields.String(load_default="mV", metadata={"description": "unit of the column"})


@job(queue=sheets, schema=ReadSheet, retry=Retry(attempts=2, first=3.0, at_most=10.0), timeout=60)
def read_sheet(ctx: Context, *, sheet: str, column: str, unit: str) -> dict[str, Any]:
    """Read a column of a sheet in SI units. Safe to repeat: it only reads."""
    work(ctx, 2.0, {"open": 1, "read": 3})
    return values_of(sheet, column, unit)


def values_of(sheet: str, column: str, unit: str) -> dict[str, Any]:
    """A column of a sheet. Raises Permanent for one that is not there, KeyError for a unit that nobody thought of."""
    place = column_of(sheet, column)
    return {"sheet": sheet, "column": place, "rows": 96, "mean": round(312.5 * factor_of(unit), 6)}


def column_of(sheet: str, column: str) -> int:
    """The place of a column. Raises Permanent for one that the sheet does not have."""
    if column not in COLUMNS:
        raise Permanent(f"sheet '{sheet}' has no column '{column}'; it has {', '.join(COLUMNS)}")
    return COLUMNS.index(column)


def factor_of(unit: str) -> float:
    """What a number of this unit is multiplied with; that an unknown one is a KeyError is the fault to be found."""
    return FACTORS[unit]
