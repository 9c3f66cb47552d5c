"""How a search will go: what it depends on, the stretch of history it is about, and the index that leads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import func, select, true
from sqlalchemy.sql import Select

from callboard.history.models import JobRow, table_of
from callboard.history.search.conditions import JOB, Condition, Context, matching
from callboard.history.search.known import known_values
from callboard.history.search.leads import Branch, Lead, leads, rest_of, with_rest
from callboard.history.search.query import Match, Query, Span, Word, conjuncts, leaves
from callboard.history.search.statements import how_many
from callboard.history.search.time_limit import Limited
from callboard.history.search.window import ALL, Window

# Among indexes that give more jobs than this, the order in which they are listed decides.
FEW: Final = 10_000
# So many can be sorted in a tenth of a second.
SORTABLE: Final = 100_000


@dataclass(frozen=True, slots=True)
class Plan:
    """A search that is ready to be run; without `lead` it looks at every job of its window."""

    parts: tuple[Query, ...]
    context: Context
    window: Window
    lead: Lead | None

    def branches(self, window: Window, *, led: bool = True) -> list[Branch]:
        """What to read in a window."""
        context = replace(self.context, window=window)
        lead = self.lead if led and self.lead else Lead((), (Branch(true()),))
        rest = rest_of(self.parts, lead)
        return [with_rest(branch, rest, context) for branch in lead.branches]

    @property
    def looks_at_all(self) -> bool:
        """Whether no index helps, so that it may take long to find a page."""
        return self.lead is None and bool(self.parts)


def prepare(sql: Limited, query: Query, now_ms: int, window: Window = ALL) -> Plan:
    """Choose how to search a window. Raises TimeUp."""
    parts = conjuncts(query)
    context = Context(sql.dialect, now_ms, _known(sql, query), window)
    inside = window.cut(_created(sql, parts, context))
    context = replace(context, window=inside)
    return Plan(parts, context, inside, _best(sql, leads(parts, context), context))


def unprepared(sql: Limited, query: Query, now_ms: int, window: Window) -> Plan:
    """To look at every job, without asking the database what would be better. Raises TimeUp."""
    return Plan(conjuncts(query), Context(sql.dialect, now_ms, _known(sql, query), window), window, None)


def _known(sql: Limited, query: Query) -> dict[str, tuple[str, ...]]:
    """The values that words, errors and types without a state are compared with."""
    wanted: set[str] = set()
    for leaf in leaves(query):
        if isinstance(leaf, Word):
            wanted |= {"type", "state"}
        elif leaf.key in ("type", "queue"):
            wanted.add("state")
        elif leaf.key == "error":
            wanted.add("error_class")
    return {column: known_values(sql, column) for column in sorted(wanted)}


def _created(sql: Limited, parts: Sequence[Query], context: Context) -> Window:
    """The numbers between which all jobs lie that were enqueued when they should have been."""
    spans = [part for part in parts if isinstance(part, Match) and part.key in ("created", "age")]
    window = ALL
    for part in spans:
        ends = sql.rows(_ends(_enqueued(part, context)))[0]
        window = window.cut(Window(0, 0) if ends.low is None else Window(ends.low - 1, ends.high + 1))
    return window


def _enqueued(part: Match, context: Context) -> Condition:
    """The condition on the column itself, which an index serves."""
    if part.key == "created":
        return matching(part, context)
    turned = tuple(
        Span(low=_before(context.now_ms, test.high), high=_before(context.now_ms, test.low))
        for test in part.tests
        if isinstance(test, Span)
    )
    return matching(Match("created", turned), context)


def _before(now_ms: int, ms: float | None) -> float | None:
    return None if ms is None else now_ms - ms


def _ends(fits: Condition) -> Select[Any]:
    # The sum keeps PostgreSQL from looking for the lowest number among all, one by one, until one fits.
    number = JOB.number + 0
    ends = select(func.min(number).label("low"), func.max(number).label("high")).where(fits)
    return ends.with_hint(table_of(JobRow), "INDEXED BY ix_background_jobs_enqueued_ms_number", "sqlite")


def _best(sql: Limited, found: list[Lead], context: Context) -> Lead | None:
    """The lead with the fewest jobs; where all have many, the first that needs no sorting."""
    best = next((lead for lead in found if lead.ordered), None)
    if (
        len(found) == 1
        and best
        and not (sql.dialect == "postgresql" and any(branch.groups for branch in best.branches))
    ):
        return best
    fewest = FEW if best else SORTABLE
    for lead in found:
        count = sql.rows(how_many(lead.branches, sql.dialect, context.window, fewest))[0][0] if lead.branches else 0
        if count < fewest:
            best, fewest = lead.with_few(), count
    return best
