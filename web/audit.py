"""The line that every act by hand leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import g, request

from callboard.history.audit import note_act
from callboard.history.database import Session, writing
from web.services import here


def note(verb: str, subject: str, *, count: int = 1, detail: dict[str, Any] | None = None) -> None:
    """Write down who did what, on how many, from where."""
    with writing(here().engine) as session:
        note_in(session, verb, subject, count=count, detail=detail)


@contextmanager
def noted(verb: str, subject: str, *, count: int = 1, detail: dict[str, Any] | None = None) -> Iterator[Session]:
    """A transaction for an act, so that its line is there if and only if what it tells of is."""
    with writing(here().engine) as session:
        yield session
        note_in(session, verb, subject, count=count, detail=detail)


def note_in(session: Session, verb: str, subject: str, *, count: int = 1, detail: dict[str, Any] | None = None) -> None:
    """Write the line in a transaction that is open."""
    note_act(
        session,
        here().now_ms(),
        g.caller.name,
        verb,
        subject,
        count=count,
        origin=request.remote_addr,
        request_id=g.request_id,
        detail=detail,
    )
