"""Who did what by hand, straight at the server: written down where there is a history; over the API that does it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from callboard.jobs.clock import wall_ms
from cli.past import history
from cli.schedule_change import who
from cli.server import database, remote

if TYPE_CHECKING:
    from callboard.history.database import Session


def note_by_hand(verb: str, subject: str, count: int = 1, **detail: Any) -> None:
    """Write a line of the audit about an act that has been done."""
    if remote():
        return
    from callboard.history.database import writing

    with history() as engine:
        if engine is None:
            return
        with writing(engine) as session:
            _note(session, verb, subject, count, detail)


@contextlib.contextmanager
def noting(verb: str, subject: str, count: int = 1, **detail: Any) -> Iterator[Session]:
    """A transaction of the database for an act, whose line is there if and only if what it tells of is."""
    from callboard.history.database import writing

    with writing(database()) as session:
        yield session
        _note(session, verb, subject, count, detail)


def _note(session: Session, verb: str, subject: str, count: int, detail: dict[str, Any]) -> None:
    from callboard.history.audit import note_act

    given = {name: value for name, value in detail.items() if value is not None}
    note_act(session, wall_ms(), who(), verb, subject, count=count, origin="command line", detail=given or None)
