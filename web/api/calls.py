"""From what a client sends to a call that the engine accepts."""

from __future__ import annotations

from datetime import datetime
from difflib import get_close_matches
from typing import Any, Final

from callboard.broker.policies import call_of
from callboard.jobs.call import Call, record_fields
from callboard.jobs.clock import to_ms
from callboard.jobs.errors import InvalidArguments
from callboard.jobs.policy import queue_slug, type_slug
from web.problems import Problem
from web.services import here

LATEST_MS: Final = 253_402_300_799_000
OPTIONS = {"priority": "priority", "attempts": "attempts", "unique_key": "unique_key", "fairness_key": "fairness_key"}


def call_from(values: dict[str, Any], path: str = "") -> Call:
    """The call of a NewJob. Raises Problem, with the path of each field that does not fit."""
    actor = known_type(str(values["type"]), path)
    options = {name: values[given] for given, name in OPTIONS.items() if given in values}
    if "timeout_ms" in values:
        options["timeout"] = values["timeout_ms"] / 1000
    try:
        message = actor.message_with_options(kwargs=values["args"], **options)
    except InvalidArguments as error:
        raise of_arguments(error, path) from None
    changes = {name: values[name] for name in ("run_at", "meta") if name in values}
    return call_of(message, actor).named(
        delay=values.get("delay_ms", 0) / 1000, tags=tuple(values.get("tags", ())), **changes
    )


def fields_of_args(type: str, args: dict[str, Any]) -> dict[str, str]:
    """The fields of the record that follow from other arguments: themselves, and the limits that go by them.

    Raises Problem, which names the arguments that do not fit the type.
    """
    flat = record_fields(call_from({"type": type, "args": args}))
    fresh = {str(name): str(value) for name, value in zip(flat[::2], flat[1::2], strict=True)}
    written = {"args": "", "kwargs": fresh.get("kwargs", ""), "limits": fresh.get("limits", "")}
    return written | ({"ties": "1"} if "ties" in fresh else {})


def stamp(moment: datetime) -> int:
    """The stamp of a time that somebody has named, within the years that every calendar has."""
    return max(0, min(LATEST_MS, to_ms(moment)))


def target_queue(name: str, field: str = "queue") -> str:
    """The name of a queue that jobs may be moved to: one that a type has or that was used. Raises Problem."""
    try:
        slug = queue_slug(name)
    except ValueError as error:
        raise _bad_field("invalid", str(error), field) from None
    known = {actor.queue_name for actor in here().types.values()}
    if slug not in known:
        known |= set(here().store.queues())
    if slug in known:
        return slug
    near = get_close_matches(slug, known, 1)
    words = f"queue {slug} is unknown" + (f"; did you mean {near[0]}?" if near else "")
    raise _bad_field("unknown_queue", words, field, hint="GET /api/v1/queues lists them")


def _bad_field(code: str, words: str, field: str, hint: str | None = None) -> Problem:
    return Problem(422, code, words, errors=[{"field": field, "message": words}], hint=hint)


def known_type(name: str, path: str = "") -> Any:
    """The type of a name, however it is spelt. Raises Problem, which names the nearest."""
    types = here().types
    try:
        slug = type_slug(name)
    except ValueError as error:
        raise _bad_type(str(error), path) from None
    if slug not in types:
        near = get_close_matches(slug, types, 1)
        raise _bad_type(f"type {slug} is unknown" + (f"; did you mean {near[0]}?" if near else ""), path)
    return types[slug]


def _bad_type(words: str, path: str) -> Problem:
    return _bad_field("unknown_type", words, f"{path}type", hint="GET /api/v1/types lists them")


def of_arguments(error: InvalidArguments, path: str = "") -> Problem:
    """The problem of arguments that do not fit, each field with its path in the body."""
    from web.problems import flat

    return Problem(422, "invalid_arguments", str(error), errors=flat(error.fields, f"{path}args"))
