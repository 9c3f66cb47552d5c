"""What a finished import tells: bounded, however many sheets, columns and bad cells the workbook has."""

from __future__ import annotations

from typing import Any, Final

from research.sheets.open_book import Book
from research.sheets.survey import SheetPlan, Survey
from research.sheets.tally import SheetTally, State

COLUMNS_SHOWN: Final = 200
SHEETS_SHOWN: Final = 100


def result(book: Book, file: str, table: str, survey: Survey, state: State) -> dict[str, Any]:
    """The sums, each sheet with its table, the sheets that were left out, and the first cells in error."""
    tallies = state.tallies
    room = COLUMNS_SHOWN
    sheets = []
    for plan, tally in list(zip(survey.plans, tallies, strict=True))[:SHEETS_SHOWN]:
        sheets.append(_sheet(plan, tally, room))
        room = max(room - len(plan.columns), 0)
    return {
        "table": table,
        "file": file,
        "format": book.form,
        "macros": book.macros,
        "rows": state.read,
        "inserted": sum(tally.inserted for tally in tallies),
        "updated": sum(tally.updated for tally in tallies),
        "skipped": sum(tally.skipped for tally in tallies),
        "errors": sum(tally.errors for tally in tallies),
        "sheets": sheets,
        "left_out": dict(list(survey.left_out.items())[:SHEETS_SHOWN]),
        "problems": state.problems,
    }


def _sheet(plan: SheetPlan, tally: SheetTally, room: int) -> dict[str, Any]:
    return {
        "sheet": plan.sheet,
        "state": plan.state,
        "header_row": plan.header,
        "first_row": plan.first,
        "last_row": plan.last,
        "columns": list(plan.columns.values())[:room],
        "column_count": len(plan.columns),
        "rows": tally.read,
        "inserted": tally.inserted,
        "updated": tally.updated,
        "skipped": tally.skipped,
        "repeated_keys": tally.repeated,
        "errors": tally.errors,
        "trimmed_cells": tally.trimmed,
        "blank_rows": plan.blank,
        "merged_areas": plan.merged_areas,
        "note_rows": plan.note_rows,
        "notes": plan.notes,
    }
