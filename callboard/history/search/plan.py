"""How a search will go: what it depends on, the stretch of history it is about, and the index that leads it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import true

from callboard.history.search.conditions import Context
from callboard.history.search.creation import created_within
from callboard.history.search.known import known_values
from callboard.history.search.leads import Branch, Lead, leads, rest_of, with_rest
from callboard.history.search.query import Match, Query, Word, conjuncts, leaves
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

    @property
    def branches(self) -> list[Branch]:
        """What to read."""
        lead = self.lead or Lead((), (Branch(true()),))
        rest = rest_of(self.parts, lead)
        return [with_rest(branch, rest, self.context) for branch in lead.branches]

    def unled(self) -> list[Branch]:
        """What to read where every job is looked at."""
        return replace(self, lead=None).branches

    @property
    def looks_at_all(self) -> bool:
        """Whether no index helps, so that it may take long to find a page."""
        return self.lead is None and bool(self.parts)


def prepare(sql: Limited, query: Query, now_ms: int, window: Window = ALL) -> Plan:
    """Choose how to search a window. Raises TimeUp."""
    parts = conjuncts(query)
    context = Context(sql.dialect, now_ms, _known(sql, query))
    found = leads(parts, context)
    lead, few = _best(sql, found, window)
    if few or not any(map(_is_of_creation, parts)):
        return Plan(parts, context, window, lead)
    inside = window.cut(created_within(sql, parts, now_ms))
    return Plan(parts, context, inside, _best(sql, found, inside)[0])


def unprepared(sql: Limited, query: Query, now_ms: int, window: Window) -> Plan:
    """To look at every job, without asking the database what would be better. Raises TimeUp."""
    return Plan(conjuncts(query), Context(sql.dialect, now_ms, _known(sql, query)), window, None)


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


def _best(sql: Limited, found: list[Lead], window: Window) -> tuple[Lead | None, bool]:
    """The lead with the fewest jobs, and whether these are few; where all have many, the first that is in order."""
    best = next((lead for lead in found if lead.ordered), None)
    if len(found) == 1 and best and not _has_to_know(sql, best):
        return best, False
    few, fewest = False, FEW if best else SORTABLE
    for lead in found:
        count = sql.rows(how_many(lead.branches, sql.dialect, window, fewest))[0][0] if lead.branches else 0
        if count == 0:
            return Lead(lead.answers, ()), True
        if count < fewest:
            best, few, fewest = lead.with_few(), True, count
    return best, few


def _has_to_know(sql: Limited, lead: Lead) -> bool:
    """PostgreSQL has to be told whether it is to look terms up first or to look at every job."""
    return sql.dialect == "postgresql" and any(branch.groups for branch in lead.branches)


def _is_of_creation(part: Query) -> bool:
    return isinstance(part, Match) and part.key in ("created", "age")
