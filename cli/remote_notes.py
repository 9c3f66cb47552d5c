"""Notes on jobs over the API, as the history itself would have told them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from callboard.history.notes import Note
from cli.api import Api
from cli.remote_jobs import moment


def notes(api: Api, job: str) -> list[Note]:
    """The notes on a job, oldest first. Raises Refused, ConnectionLost."""
    return [note_of(row) for row in api.get(f"/jobs/{quote(job, safe='')}/notes")["notes"]]


def add(api: Api, job: str, text: str) -> Note:
    """Write a note on a job, under the name of the token. Raises Refused."""
    return note_of(api.send("POST", f"/jobs/{quote(job, safe='')}/notes", json={"text": text})[1])


def note_of(row: dict[str, Any]) -> Note:
    """A note."""
    return Note(row["id"], moment(row["at"]), row["who"], row["text"])
