"""How one job is to run, as Bull's callers say it."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from pipelines.job_types import WITHOUT_EFFECT
from web.api.job_schemas import LONGEST_DELAY_MS, Priority
from web.problems import Problem, flat


class Options(Schema):
    """Options of one job; times in milliseconds. The last two change nothing: it is queues that keep finished jobs."""

    priority = Priority()
    delay_ms = fields.Integer(strict=True, data_key="delay", validate=validate.Range(0, LONGEST_DELAY_MS))
    attempts = fields.Integer(strict=True, validate=validate.Range(1, 100))
    timeout_ms = fields.Integer(strict=True, data_key="timeout", validate=validate.Range(1, 7 * 24 * 3_600_000))
    tags = fields.List(fields.String(validate=validate.Length(1, 100)), validate=validate.Length(max=50))
    remove_on_complete = fields.Raw(data_key="removeOnComplete")
    remove_on_fail = fields.Raw(data_key="removeOnFail")


def options_from(given: Any, path: str = "options") -> dict[str, Any]:
    """Options as our calls take them. Raises Problem."""
    try:
        found: dict[str, Any] = Options().load({} if given is None else given)
    except ValidationError as error:
        raise Problem(
            422, "invalid", "options do not fit: see errors", errors=flat(error.normalized_messages(), path)
        ) from None
    return {name: value for name, value in found.items() if name not in WITHOUT_EFFECT}


def priority_from(values: dict[str, Any]) -> dict[str, Any]:
    """The priority that stands among arguments, taken out of them. Raises Problem."""
    given = {"priority": values.pop("priority")} if "priority" in values else {}
    return options_from(given, "")
