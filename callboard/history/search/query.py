"""A search as a value: what it asks of a job, without a word about SQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Is:
    """A text to be equal to, or to be found in, as its key has it."""

    text: str


@dataclass(frozen=True, slots=True)
class Span:
    """A range of numbers; without `low` or `high` it is open there, with `above` or `below` that end is left out.

    Times are milliseconds since 1970, durations milliseconds; both are whole, and their ends are always included.
    """

    low: float | None = None
    high: float | None = None
    above: bool = False
    below: bool = False


Test: TypeAlias = Is | Span


@dataclass(frozen=True, slots=True)
class Everything:
    """Asks nothing."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word by itself: an id or its beginning, a part of a type, or a tag."""

    text: str


@dataclass(frozen=True, slots=True)
class Match:
    """`key:value,value`: any of the tests; `path` leads into `args` or `meta`."""

    key: str
    tests: tuple[Test, ...]
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    """What does not fit."""

    part: Query


@dataclass(frozen=True, slots=True)
class And:
    """What fits all of at least two parts, none of which is an `And`."""

    parts: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """What fits one of at least two parts, none of which is an `Or`."""

    parts: tuple[Query, ...]


Query: TypeAlias = Everything | Word | Match | Not | And | Or


def all_of(parts: Iterable[Query]) -> Query:
    """What fits all parts, as flat as it can be."""
    flat = [inner for part in parts for inner in conjuncts(part)]
    return Everything() if not flat else flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(parts: Iterable[Query]) -> Query:
    """What fits one of the parts, of which there is at least one, as flat as it can be."""
    flat = [inner for part in parts for inner in (part.parts if isinstance(part, Or) else (part,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def conjuncts(query: Query) -> tuple[Query, ...]:
    """The parts that all must fit."""
    if isinstance(query, Everything):
        return ()
    return query.parts if isinstance(query, And) else (query,)


def leaves(query: Query) -> Iterator[Word | Match]:
    """The words and matches of a query, wherever they stand."""
    if isinstance(query, Word | Match):
        yield query
    elif isinstance(query, Not):
        yield from leaves(query.part)
    elif isinstance(query, And | Or):
        for part in query.parts:
            yield from leaves(part)
