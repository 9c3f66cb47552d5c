"""Names and keys as other systems spell them, in our spelling: case, hyphens and underscores never matter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, fields

from callboard.worker.job import JobActor

_HUMPS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_GAPS: Final = re.compile(r"[\s_-]+")


def snake(name: str) -> str:
    """A name in our spelling: `paperId`, `paper-id` and `PAPER_ID` are all `paper_id`."""
    return _GAPS.sub("_", _HUMPS.sub("_", name.strip())).lower()


def camel(name: str) -> str:
    """A name of ours as JSON of those systems spells it: `max_attempts` is `maxAttempts`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def arguments(actor: JobActor, data: Mapping[str, Any]) -> dict[str, Any]:
    """The data of a call under the names of the type's parameters.

    Only the keys themselves are respelled, never what lies within: that belongs to the caller. A key that names no
    parameter stays as it is, so that the error about it shows what the caller wrote. A single value where the type
    takes a list becomes a list of one, as `{to: 'user@example.com'}` is meant.
    """
    known = _parameters(actor)
    named = {key if key in known or snake(key) not in known else snake(key): value for key, value in data.items()}
    return {key: _as_taken(known.get(key), value) for key, value in named.items()}


def known_ids(actor: JobActor, ids: Mapping[str, Any]) -> dict[str, Any]:
    """Those of some ids that a type takes."""
    return {name: value for name, value in ids.items() if name in _parameters(actor)}


def _parameters(actor: JobActor) -> dict[str, fields.Field[Any] | None]:
    """The names a type takes, with the field of its schema where it has one."""
    schema: Schema | None = getattr(actor, "schema", None)
    if schema is not None:
        return dict(schema.fields)
    return dict.fromkeys(getattr(actor, "parameters", ()))


def _as_taken(field: fields.Field[Any] | None, value: Any) -> Any:
    return [value] if isinstance(field, fields.List) and not isinstance(value, (list, tuple)) else value
