"""From a search to a condition of SQL, the same on SQLite and on PostgreSQL; no text of a user becomes part of SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Double,
    and_,
    case,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.sql import ColumnElement, Select

from callboard.history.models import FlowRow, JobRow, table_of
from callboard.history.search.json_numbers import number_at
from callboard.history.search.keys import KEYS
from callboard.history.search.query import And, Everything, Is, Match, Not, Or, Query, Span, Word
from callboard.history.search.term_index import has_one_of
from callboard.history.search.terms import path_of, terms_of_text
from callboard.jobs.identity import is_id
from callboard.jobs.states import ACTIVE, LIVE

JOB: Final = table_of(JobRow).c
FLOWS: Final = table_of(FlowRow)
ESCAPE: Final = "\\"
# An id is known by its beginning once this has grown longer than what all ids of a year share.
BEGINNING: Final = 6
Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Context:
    """What a condition depends on beside the search: the database, the time, the values there are in some columns."""

    dialect: str
    now_ms: int
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def values(self, column: str) -> tuple[str, ...]:
        """The values there are in a column."""
        return self.known.get(column, ())


def condition(query: Query, context: Context) -> Condition:
    """Whether a job fits; a comparison with what a job lacks is false, and so its negation true."""
    match query:
        case Everything():
            return true()
        case Word(text):
            return or_(*word_conditions(text, context))
        case Match():
            return matching(query, context)
        case Not(part):
            return not_(func.coalesce(condition(part, context), false()))
        case And(parts):
            return and_(*(condition(part, context) for part in parts))
        case Or(parts):
            return or_(*(condition(part, context) for part in parts))


def word_conditions(text: str, context: Context) -> list[Condition]:
    """What a word by itself may mean: a tag, a part of a type, an id or its beginning."""
    types = types_with(text, context)
    return [tagged(path_of("tag"), (text,), context), *([JOB.type.in_(types)] if types else []), id_begins(text)]


def types_with(text: str, context: Context) -> list[str]:
    """The types whose name has a text in it, however that is spelt."""
    part = text.strip().lower().replace("-", "_").replace(" ", "_")
    return [type for type in context.values("type") if part in type] if part else []


def id_begins(text: str) -> Condition:
    """Whether an id is this one, or begins so if that says enough."""
    begun = text.upper()
    if is_id(begun) or not begun.isascii() or not begun.isalnum() or len(begun) < BEGINNING:
        return JOB.id.in_({text, begun})
    # Between, because an index serves it in every collation, and LIKE in one only.
    return JOB.id.between(begun, begun.ljust(26, "Z"))


def matching(match: Match, context: Context) -> Condition:
    """Whether one of the tests of a key fits."""
    texts = tuple(test.text for test in match.tests if isinstance(test, Is))
    spans = [test for test in match.tests if isinstance(test, Span)]
    fitting = [texts_fit(match, texts, context)] if texts else []
    for span in spans:
        fitting += [between(value, span) for value in values_of(match, context)]
    return or_(*fitting)


def texts_fit(match: Match, texts: tuple[str, ...], context: Context) -> Condition:
    """Whether what a key stands for is one of the texts, begins with it or has it inside, as its kind has it."""
    key = KEYS[match.key]
    column = JOB[key.column]
    match key.kind:
        case "tag" | "key" | "path":
            return tagged(path_of(match.key, match.path), texts, context)
        case "flow":
            by_id = column.in_(texts)
            return by_id if all(map(is_id, texts)) else or_(by_id, column.in_(flows_named(texts)))
        case "start":
            return or_(*(func.substr(column, 1, len(text)) == text for text in texts))
        case "error":
            either = (column, JOB.error_type)
            return or_(*(_has_inside(place, text, context) for text in texts for place in either))
    return column.in_(texts)


def flows_named(names: tuple[str, ...]) -> Select[Any]:
    """The ids of the flows of some pipelines."""
    return select(FLOWS.c.id).where(FLOWS.c.name.in_(names))


def values_of(match: Match, context: Context) -> list[ColumnElement[Any]]:
    """What a range is compared with."""
    if KEYS[match.key].kind == "path":
        return json_numbers(match, context)
    column, now = JOB[KEYS[match.key].column], literal(context.now_ms)
    if match.key == "age":
        return [now - column]
    if match.key == "wait":
        waits = and_(JOB.started_ms.is_(None), JOB.state.in_(LIVE))
        return [case((column.is_not(None), column), (waits, now - JOB.enqueued_ms))]
    if match.key == "run":
        return [case((column.is_not(None), column), (JOB.state == ACTIVE, now - JOB.started_ms))]
    return [column]


def between(value: ColumnElement[Any], span: Span) -> Condition:
    """Whether a value lies in a range."""
    ends: list[Condition] = []
    if span.low is not None:
        ends.append(value > number(span.low) if span.above else value >= number(span.low))
    if span.high is not None:
        ends.append(value < number(span.high) if span.below else value <= number(span.high))
    return and_(*ends)


def number(value: float) -> ColumnElement[Any]:
    """A number that stays what it is: compared with a whole column, 1.5 would become 2 on PostgreSQL."""
    return literal(value, BigInteger() if isinstance(value, int) else Double())


def tagged(path: str, texts: tuple[str, ...], context: Context) -> Condition:
    """Whether a job has a term of one of the texts."""
    return has_one_of(context.dialect, JOB.number, {term for text in texts for term in terms_of_text(path, text)})


def json_numbers(match: Match, context: Context) -> list[ColumnElement[Any]]:
    """The numbers at a path among named arguments and, if it begins with a number, among those by position."""
    found = [number_at(context.dialect, JOB[KEYS[match.key].column], match.path)]
    first, *others = match.path
    if match.key == "args" and first.isdecimal() and len(first) < 5:
        found.append(number_at(context.dialect, JOB.args, (int(first), *others)))
    return found


def _has_inside(column: ColumnElement[Any], text: str, context: Context) -> Condition:
    # On SQLite case does not matter to LIKE.
    like = column.like if context.dialect == "sqlite" else column.ilike
    return like(containing(text), escape=ESCAPE)


def containing(text: str) -> str:
    """A pattern of LIKE for what has this text in it."""
    for sign in (ESCAPE, "%", "_"):
        text = text.replace(sign, ESCAPE + sign)
    return f"%{text}%"
