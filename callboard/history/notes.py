"""Notes on jobs: what somebody wanted others to know about one, with who wrote it and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from callboard.history.access_models import JobNoteRow
from callboard.history.database import reading
from callboard.jobs.clock import from_ms
from callboard.jobs.normalise import storable

SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Note:
    """One note on a job."""

    id: int
    at: datetime | None
    who: str
    text: str


def add_note(session: Session, job_id: str, who: str, text: str, now_ms: int) -> Note:
    """Write a note on a job, in the caller's transaction."""
    row = JobNoteRow(job_id=job_id, at_ms=now_ms, who=storable(who)[:200], text=storable(text))
    session.add(row)
    session.flush()
    return _note(row)


def notes_of(engine: Engine, job_id: str) -> list[Note]:
    """The notes on a job, oldest first; of very many the newest 200."""
    newest = select(JobNoteRow).where(JobNoteRow.job_id == job_id).order_by(JobNoteRow.id.desc()).limit(SHOWN)
    with reading(engine) as session:
        return [_note(row) for row in session.scalars(newest)][::-1]


def _note(row: JobNoteRow) -> Note:
    return Note(row.id, from_ms(row.at_ms), row.who, row.text)
