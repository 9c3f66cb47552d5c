"""Which indexes can lead a search: each gives the jobs of some of its parts, and the other parts are asked of these.

SQLite keeps no statistics that would tell it which index is best, and both databases sort what they need not sort;
so the indexes are chosen here, and read in the order of the jobs' numbers, a branch for each value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Final

from sqlalchemy import and_, true

from callboard.history.search.conditions import JOB, Condition, Context, condition, flows_named, id_begins, types_with
from callboard.history.search.keys import KEYS
from callboard.history.search.query import Is, Match, Or, Query, Span, Word, conjuncts
from callboard.history.search.term_index import Groups
from callboard.history.search.terms import path_of, terms_of_text
from callboard.jobs.identity import is_id

MOST_BRANCHES: Final = 24
PARTIAL: Final = ("fingerprint", "flow", "user", "schedule", "error_class")


@dataclass(frozen=True, slots=True)
class Branch:
    """Jobs by one index: those that fit, and have a term of each group.

    Where `ordered` is false they have to be sorted before the first is known; `few` says that there are not many.
    """

    fits: Condition
    index: str | None = None
    groups: Groups = ()
    ordered: bool = True
    few: bool = False


@dataclass(frozen=True, slots=True)
class Lead:
    """Branches that together give all jobs which fit the parts at these places."""

    answers: tuple[int, ...]
    branches: tuple[Branch, ...]

    @property
    def ordered(self) -> bool:
        """Whether its jobs come newest first, however many there are."""
        return all(branch.ordered for branch in self.branches)

    def with_few(self) -> Lead:
        """The same lead when it is known to give few jobs."""
        return replace(self, branches=tuple(replace(branch, few=True) for branch in self.branches))


def leads(parts: Sequence[Query], context: Context) -> list[Lead]:
    """The leads for parts that all must fit, those first which are likely to give fewer jobs."""
    found = [*_by_id(parts), *_by_terms(parts), *_by_column(parts), *_by_name_of_flow(parts)]
    found += [*_by_state(parts, context), *_by_error(parts, context), *_by_end(parts, context)]
    found += [lead for place, part in enumerate(parts) for lead in _either(place, part, context)]
    return [lead for lead in found if len(lead.branches) <= MOST_BRANCHES]


def _texts(part: Query, key: str) -> tuple[str, ...]:
    """The texts of a match of this key, nothing for any other part."""
    if not isinstance(part, Match) or part.key != key:
        return ()
    return tuple(test.text for test in part.tests if isinstance(test, Is))


def _by_id(parts: Sequence[Query]) -> Iterator[Lead]:
    for place, part in enumerate(parts):
        if ids := _texts(part, "id"):
            yield Lead((place,), (Branch(JOB.id.in_(ids)),))


def _by_terms(parts: Sequence[Query]) -> Iterator[Lead]:
    places, groups = [], []
    for place, part in enumerate(parts):
        if isinstance(part, Match) and KEYS[part.key].kind in ("tag", "key", "path"):
            path, texts = path_of(part.key, part.path), _texts(part, part.key)
            if len(texts) == len(part.tests):
                places.append(place)
                groups.append({term for text in texts for term in terms_of_text(path, text)})
    if places:
        yield Lead(tuple(places), (Branch(true(), groups=groups),))


def _by_column(parts: Sequence[Query]) -> Iterator[Lead]:
    for column in PARTIAL:
        for place, part in enumerate(parts):
            values = _texts(part, column)
            if values and (column != "flow" or all(map(is_id, values))):
                yield Lead((place,), tuple(_equal({column: value}, f"{column}_number") for value in values))


def _by_name_of_flow(parts: Sequence[Query]) -> Iterator[Lead]:
    for place, part in enumerate(parts):
        if (names := _texts(part, "flow")) and not all(map(is_id, names)):
            # Apart, because PostgreSQL uses no index for "one of these, or one of those that a query gives".
            either = (JOB.flow.in_(names), JOB.flow.in_(flows_named(names)))
            yield Lead((place,), tuple(Branch(fits, _index("flow_number"), ordered=False) for fits in either))


def _by_state(parts: Sequence[Query], context: Context) -> Iterator[Lead]:
    """By state alone, or with type or queue; where no state is asked for, by each that there is."""
    of_key = {key: place for place, part in enumerate(parts) for key in ("type", "queue", "state") if _texts(part, key)}
    states = _texts(parts[of_key["state"]], "state") if "state" in of_key else context.values("state")
    asked = (of_key["state"],) if "state" in of_key else ()
    for column in ("type", "queue"):
        if column in of_key:
            pairs = product(_texts(parts[of_key[column]], column), states)
            branches = [_equal({column: name, "state": state}, f"{column}_state_number") for name, state in pairs]
            yield Lead((of_key[column], *asked), tuple(branches))
    if asked:
        yield Lead(asked, tuple(_equal({"state": state}, "state_number") for state in states))


def _by_error(parts: Sequence[Query], context: Context) -> Iterator[Lead]:
    """Words of an error, among the jobs that had one."""
    for place, part in enumerate(parts):
        if _texts(part, "error"):
            words = condition(part, context)
            classes = [_equal({"error_class": name}, "error_class_number") for name in context.values("error_class")]
            yield Lead((place,), tuple(replace(branch, fits=and_(branch.fits, words)) for branch in classes))


def _by_end(parts: Sequence[Query], context: Context) -> Iterator[Lead]:
    for place, part in enumerate(parts):
        if isinstance(part, Match) and part.key == "finished" and all(isinstance(test, Span) for test in part.tests):
            yield Lead((place,), (Branch(condition(part, context), _index("finished_ms_number"), ordered=False),))


def _either(place: int, part: Query, context: Context) -> Iterator[Lead]:
    """One lead for each alternative, if all have one."""
    if isinstance(part, Word):
        yield Lead((place,), tuple(_of_word(part.text, context)))
    elif isinstance(part, Or):
        firsts = [_first(conjuncts(alternative), context) for alternative in part.parts]
        if all(firsts):
            yield Lead((place,), tuple(branch for branches in firsts for branch in branches))


def _first(parts: Sequence[Query], context: Context) -> list[Branch]:
    """The branches of the first ordered lead, each with the other parts asked; none where there is none."""
    for lead in leads(parts, context):
        if lead.ordered:
            return [with_rest(branch, rest_of(parts, lead), context) for branch in lead.branches]
    return []


def _of_word(text: str, context: Context) -> Iterator[Branch]:
    yield Branch(true(), groups=[terms_of_text("tag", text)])
    for type, state in product(types_with(text, context), context.values("state")):
        yield _equal({"type": type, "state": state}, "type_state_number")
    yield Branch(id_begins(text))


def rest_of(parts: Sequence[Query], lead: Lead | None) -> list[Query]:
    """The parts that a lead does not answer."""
    answered = lead.answers if lead else ()
    return [part for place, part in enumerate(parts) if place not in answered]


def with_rest(branch: Branch, rest: Iterable[Query], context: Context) -> Branch:
    """A branch whose jobs fit further parts too."""
    further = [condition(part, context) for part in rest]
    return replace(branch, fits=and_(branch.fits, *further)) if further else branch


def _equal(values: Mapping[str, str], index: str) -> Branch:
    return Branch(and_(*(JOB[column] == value for column, value in values.items())), _index(index))


def _index(columns: str) -> str:
    return f"ix_background_jobs_{columns}"
