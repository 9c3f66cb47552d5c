"""`callboard note`: what people want others to know about a job."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import click

from callboard.jobs.identity import kept_id
from cli.by_hand import noting
from cli.completions import job_ids
from cli.output import Column, Out
from cli.past import any_job
from cli.schedule_change import who
from cli.server import database, remote, store
from cli.times import ago
from cli.words import word

if TYPE_CHECKING:
    from callboard.history.notes import Note

EXAMPLES = """
callboard note 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2 "the scan is upside down, asked Ann"
callboard note 01K6ZJ3V9GQ0X8Y7W6T5S4R3Q2          what is written on it
"""
LONGEST: Final = 4_000
COLUMNS = (
    Column("at", "When", show=lambda row: ago(row["at"])),
    Column("who", "Who", fold=True),
    Column("text", "Note", fold=True),
)


@word("note", EXAMPLES)
@click.argument("id", shell_complete=job_ids)
@click.argument("text", required=False)
@click.pass_obj
def note_command(out: Out, id: str, text: str | None) -> None:
    """Write a note on a job, under your name; without a text, list the notes on it."""
    job = kept_id(id)
    if text is None:
        out.rows("notes", [asdict(note) for note in notes(job)], COLUMNS, "no notes on this job")
        return
    if not text.strip() or len(text) > LONGEST:
        raise click.UsageError(f"a note says something, in at most {LONGEST:,} characters")
    made = added(job, text)
    out.page(asdict(made), lambda: out.say(f"{made.who} has written on {job}"))


def notes(job: str) -> list[Note]:
    """The notes on a job, oldest first. Raises JobMissing."""
    if far := remote():
        from cli.remote_notes import notes as far_notes

        return far_notes(far.api, job)
    from callboard.history.notes import notes_of

    return notes_of(database(), any_job(job).id)


def added(job: str, text: str) -> Note:
    """A new note on a job. Raises JobMissing."""
    if far := remote():
        from cli.remote_notes import add as far_add

        return far_add(far.api, job, text)
    from callboard.history.notes import add_note

    id = any_job(job).id
    with noting("note", id) as session:
        return add_note(session, id, who(), text, store().now_ms())
