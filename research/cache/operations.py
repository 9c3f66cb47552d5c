"""Operations that cost much and are computed ahead, by name; one more is one more row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

import orjson
from marshmallow import RAISE, Schema, ValidationError, fields, validate
from sqlalchemy import Engine

from callboard.history.statistics import error_statistics
from callboard.history.throughput import throughput
from research.analytics.library import corpus_statistics, top_parameters
from research.analytics.related import related_papers
from research.cache.errors import BadOperation
from research.models import now

NAME: Final = fields.String(load_default=None, validate=validate.Length(1, 200))


class Days(Schema):
    """How far to look back."""

    days = fields.Integer(strict=True, load_default=90, validate=validate.Range(1, 366))


class DaysOf(Days):
    """How far to look back, at all jobs or at some."""

    queue = NAME
    type = NAME


class Limit(Schema):
    """How many for each paper."""

    limit = fields.Integer(strict=True, load_default=5, validate=validate.Range(1, 20))


class TopParameters(Schema):
    """The units that most quantities have, or the names of the quantities in one unit."""

    unit = fields.String(load_default=None, validate=validate.Length(1, 100))
    limit = fields.Integer(strict=True, load_default=20, validate=validate.Range(1, 200))


@dataclass(frozen=True, slots=True)
class Operation:
    """What is computed, which arguments it takes, and how; the result is JSON."""

    name: str
    about: str
    arguments: type[Schema]
    compute: Callable[..., Any]


def _throughput(engine: Engine, days: int, queue: str | None, type: str | None) -> dict[str, Any]:
    end = now()
    found = throughput(engine, end - timedelta(days=days), end, timedelta(days=1), queue=queue, type=type)
    return {**_plain(asdict(found)), "processed": found.processed, "per_second": found.per_second}


def _errors(engine: Engine, days: int) -> dict[str, Any]:
    end = now()
    return dict(_plain(asdict(error_statistics(engine, end - timedelta(days=days), end))))


def _plain(value: dict[str, Any]) -> Any:
    """The same with times as text and keys that JSON knows."""
    return orjson.loads(orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS))


OPERATIONS: Final = {
    operation.name: operation
    for operation in (
        Operation(
            "corpus_statistics", "papers, pages, quantities, passages, languages, years", Schema, corpus_statistics
        ),
        Operation(
            "top_parameters", "units and names of quantities, the most frequent first", TopParameters, top_parameters
        ),
        Operation("related_papers", "for each paper the nearest ones by their vectors", Limit, related_papers),
        Operation("throughput", "finished jobs by day with their durations", DaysOf, _throughput),
        Operation("error_statistics", "failed attempts by class, type, queue, day and group", Days, _errors),
    )
}


def run(engine: Engine, name: str, arguments: Mapping[str, Any]) -> Any:
    """The result of an operation. Raises BadOperation."""
    return OPERATIONS[name].compute(engine, **checked(name, arguments))


def checked(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of an operation, all of them. Raises BadOperation, which names what does not fit."""
    if name not in OPERATIONS:
        raise BadOperation(f'operation "{name[:80]}" is unknown; there are {", ".join(OPERATIONS)}')
    try:
        values: dict[str, Any] = OPERATIONS[name].arguments().load(arguments, unknown=RAISE)
    except ValidationError as error:
        problems = "; ".join(f"{field}: {said}" for field, said in error.normalized_messages().items())
        raise BadOperation(f"arguments of {name} do not fit: {problems}") from None
    return values


def key_of(name: str, arguments: Mapping[str, Any]) -> str:
    """The key under which a result is kept, the same one however the arguments are written. Raises BadOperation."""
    given = {field: value for field, value in checked(name, arguments).items() if value is not None}
    text = orjson.dumps(given, option=orjson.OPT_SORT_KEYS).decode()
    return f"computed:{name} {text}" if given else f"computed:{name}"


def call_of(text: str) -> tuple[str, dict[str, Any]]:
    """Name and arguments of a key, behind `computed:`. Raises BadOperation."""
    name, _, arguments = text.partition(" ")
    try:
        given = orjson.loads(arguments or "{}")
    except orjson.JSONDecodeError:
        given = None
    if not isinstance(given, dict):
        raise BadOperation(f"behind the name of {name} its arguments are a JSON object, got {arguments[:80]!r}")
    return name, given
