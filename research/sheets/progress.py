"""Where an import stands, in the database: written in the transaction that stores the rows, so that both or none is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import delete, or_, update
from sqlalchemy.orm import Session

from research.models import now
from research.sheets.models import ImportRow
from research.sheets.survey import Survey
from research.sheets.survey_json import survey_of, survey_values
from research.sheets.tally import State

KEPT: Final = timedelta(days=30)  # by then no attempt will go on; if one did, it would begin anew and lose nothing


def begin(session: Session, row: ImportRow, survey: Survey, state: State) -> None:
    """Note an import that begins, in place of an earlier one of the same job, and forget those of long ago."""
    session.execute(delete(ImportRow).where(or_(ImportRow.id == row.id, ImportRow.updated_at < now() - KEPT)))
    row.survey, row.state = survey_values(survey), state.values()
    session.add(row)


def resume(session: Session, run: str, sha256: str) -> tuple[Survey, State] | None:
    """Where an import of the same file stands, None where there is nothing to go on with."""
    row = session.get(ImportRow, run)
    if row is None or row.sha256 != sha256:
        return None
    return survey_of(row.survey), State.of(row.state)


def advance(session: Session, run: str, state: State) -> None:
    """Note how far an import has come."""
    values: dict[str, Any] = {"state": state.values(), "updated_at": now()}
    session.execute(update(ImportRow).where(ImportRow.id == run).values(values))
