"""Calls and plans as JSON text, to be kept where no engine is asked yet, and back."""

from __future__ import annotations

import math
from dataclasses import MISSING, Field, fields
from typing import Any, Final, TypeVar

import msgspec
import orjson

from callboard.jobs.call import Call, record_fields
from callboard.jobs.encoding import NotJson, decode, encode
from callboard.jobs.flow import Plan

# Dataclasses are ours alone: one among the arguments has been refused before.
OPTIONS: Final = orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATACLASS
Kept = TypeVar("Kept", Call, Plan)


def call_json(call: Call) -> str:
    """A call as JSON, after all that an enqueue would refuse has been refused.

    Raises NotJson or TooLarge for its arguments, ValueError for a time or a limit key that makes no sense.
    """
    _acceptable(call)
    return _text(call)


def plan_json(plan: Plan) -> str:
    """A plan as JSON, after all that a start would refuse in its calls has been refused; raises as `call_json` does."""
    for call in [*plan.calls(), *([plan.on_failure] if plan.on_failure else [])]:
        _acceptable(call)
    encode(plan.meta, f"meta of flow {plan.name}")
    return _text(plan)


def call_from_json(text: str) -> Call:
    """The call of a JSON text. Raises NotJson when it is none."""
    return _value(text, Call, "call")


def plan_from_json(text: str) -> Plan:
    """The plan of a JSON text. Raises NotJson when it is none."""
    return _value(text, Plan, "flow")


def _acceptable(call: Call) -> None:
    record_fields(call)
    if not math.isfinite(call.delay):
        raise ValueError(f"delay of {call.type} must be a finite number of seconds, got {call.delay}")
    _ = call.due_ms  # a time without a zone is refused in there


def _text(value: Call | Plan) -> str:
    return orjson.dumps(value, default=_told, option=OPTIONS).decode()


def _value(text: str, kind: type[Kept], what: str) -> Kept:
    try:
        return msgspec.convert(decode(text, f"the kept {what}"), kind)
    except msgspec.ValidationError as error:
        raise NotJson(f"the kept {what} cannot be read: {error}") from None


def _told(value: Any) -> dict[str, Any]:
    """What of a dataclass is not its default."""
    held = ((field, getattr(value, field.name)) for field in fields(value) if field.init)
    return {field.name: kept for field, kept in held if kept != _default(field)}


def _default(field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING
