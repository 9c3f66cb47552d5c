"""Searches that are watched: somebody is told when more jobs fit one than a number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from callboard.history.errors import NameTaken
from callboard.history.notification_models import AlertRow, AlertWatchRow
from callboard.history.search.find import count
from callboard.history.search.grammar import parse
from callboard.jobs.errors import CallboardError
from callboard.jobs.identity import new_id
from research.notifications.finding import Finding, Scene
from research.notifications.words import counted as in_words

RULE: Final = "view"
WATCHES_MOST: Final = 100
# What one look may take for each, in seconds; what takes longer is not known, and nobody is told of it.
COUNT_SECONDS: Final = 0.5


class WatchMissing(CallboardError):
    """Raised when no watch has an id."""


class TooManyWatches(CallboardError):
    """Raised when there are as many as one look can count."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A watch and how many jobs fit it now; None where that took too long."""

    id: str
    name: str
    query: str
    above: int
    number: int | None


def every(session: Session) -> list[AlertWatchRow]:
    """All watches by name."""
    return list(session.scalars(select(AlertWatchRow).order_by(AlertWatchRow.name)))


def get(session: Session, id: str) -> AlertWatchRow:
    """One of them. Raises WatchMissing."""
    row = session.get(AlertWatchRow, id)
    if row is None:
        raise WatchMissing(f'no watched search has the id "{id[:100]}"')
    return row


def create(session: Session, name: str, query: str, above: int, now_ms: int, *, by: str | None = None) -> AlertWatchRow:
    """Watch a search from now on. Raises BadQuery, NameTaken, TooManyWatches."""
    parse(query)
    known = every(session)
    if len(known) >= WATCHES_MOST:
        raise TooManyWatches(f"at most {WATCHES_MOST} searches are watched; remove one of them first")
    _require_free(known, name)
    row = AlertWatchRow(
        id=new_id(), name=name, query=query, above=above, enabled=True, created_by=by and by[:200], created_ms=now_ms
    )
    session.add(row)
    session.flush()
    return row


def change(session: Session, id: str, **changes: Any) -> AlertWatchRow:
    """Another name, query or number, on or off. Raises WatchMissing, BadQuery, NameTaken."""
    row = get(session, id)
    if "query" in changes:
        parse(changes["query"])
    if "name" in changes:
        _require_free([one for one in every(session) if one.id != id], changes["name"])
    for name, value in changes.items():
        setattr(row, name, value)
    if {"query", "above", "enabled"} & set(changes):
        row.count = row.counted_ms = None
    session.flush()
    return row


def remove(session: Session, id: str) -> None:
    """Watch it no more. Raises WatchMissing."""
    session.delete(get(session, id))


def counted(engine: Engine, session: Session, now_ms: int) -> list[Counted]:
    """All watches that are on, counted."""
    return [_count(engine, row, now_ms) for row in every(session) if row.enabled]


def note(session: Session, found: Iterable[Counted], now_ms: int) -> None:
    """Write down how many fit."""
    for one in found:
        row = session.get(AlertWatchRow, one.id)
        if row is not None and one.number is not None:
            row.count, row.counted_ms = one.number, now_ms


def above(found: Iterable[Counted]) -> Iterator[Finding]:
    """The watches that more jobs fit than they allow."""
    for one in found:
        if one.number is not None and one.number > one.above:
            yield _finding(one.id, one.name, one.query, one.number, one.above)


def above_as_remembered(scene: Scene) -> Iterator[Finding]:
    """The same as it was at the last look, which costs no search."""
    held = select(AlertRow.subject).where(AlertRow.rule == RULE, AlertRow.resolved_ms.is_(None))
    rows = select(AlertWatchRow).where(AlertWatchRow.id.in_(held), AlertWatchRow.enabled.is_(True))
    for row in scene.session.scalars(rows):
        if row.count is not None and row.count > row.above:
            yield _finding(row.id, row.name, row.query, row.count, row.above)


def _count(engine: Engine, row: AlertWatchRow, now_ms: int) -> Counted:
    found = count(engine, parse(row.query), seconds=COUNT_SECONDS, now_ms=now_ms)
    return Counted(row.id, row.name, row.query, row.above, found.number if found.exact else None)


def _finding(id: str, name: str, query: str, number: int, most: int) -> Finding:
    cause = f"{in_words(number, 'job')} fit {name}, more than {most:,}"
    return Finding(RULE, id, number, cause, f"look at them: callboard ls {query}", query=query)


def _require_free(known: Sequence[AlertWatchRow], name: str) -> None:
    if any(row.name == name for row in known):
        raise NameTaken(f'a watched search is called "{name}" already; take another name')
