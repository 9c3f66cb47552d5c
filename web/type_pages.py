"""What a job type takes and promises, as values: its JSON Schema, its policy, and an example that it accepts."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Final

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields

from callboard.jobs.policy import priority_word

PAGES: Final = Path(__file__).parents[1] / "docs" / "jobs"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
# The request in a page of the documentation; a test has every one accepted.
REQUEST: Final = re.compile(r"-d '(\{.*?\})'\n", re.DOTALL)
MADE: Final[tuple[tuple[Any, Any], ...]] = (
    (fields.Boolean, True),
    (fields.Integer, 1),
    (fields.Float, 1.0),
    (fields.List, []),
    (fields.Dict, {}),
)


def type_values(actor: Any) -> dict[str, Any]:
    """A type: where it runs, under which policy, and what it takes."""
    policy = actor.policy
    return {
        "type": actor.actor_name,
        "queue": actor.queue_name,
        "about": (actor.fn.__doc__ or "").strip().split("\n", 1)[0],
        "attempts": policy.retry.attempts,
        "retry": {
            "first_ms": round(policy.retry.first * 1000),
            "at_most_ms": round(policy.retry.at_most * 1000),
            "factor": policy.retry.factor,
            "jitter": policy.retry.jitter,
        },
        "timeout_ms": round(policy.timeout * 1000) if policy.timeout else None,
        "priority": priority_word(policy.priority),
        "isolated": policy.isolated,
        "memory_mb": policy.memory_mb,
        "requires": list(actor.requires),
        "schema": json_schema(actor.actor_name, actor.schema),
        "example": example(actor.actor_name, actor.schema),
    }


def json_schema(name: str, schema: Schema | None) -> dict[str, Any]:
    """The JSON Schema of the arguments of a type; anything where it has no schema."""
    if schema is None:
        return {"$schema": DIALECT, "title": name, "type": "object"}
    plugin = MarshmallowPlugin()
    spec = APISpec(name, "1", "3.1.0", plugins=[plugin])
    assert plugin.converter is not None
    body = {"$schema": DIALECT, "title": name, **plugin.converter.schema2jsonschema(schema)}
    body["additionalProperties"] = False
    if inner := spec.to_dict().get("components", {}).get("schemas"):
        body["$defs"] = inner
    # Schemas within it are its own definitions and not parts of an API.
    found: dict[str, Any] = json.loads(json.dumps(body, default=str).replace("#/components/schemas/", "#/$defs/"))
    return found


@cache
def example(name: str, schema: Schema | None) -> dict[str, Any]:
    """A request for a job of a type: the one of its page, else one with a value for each argument it needs."""
    page = PAGES / f"{name}.md"
    found = REQUEST.search(page.read_text()) if page.is_file() else None
    if found:
        request: dict[str, Any] = json.loads(found[1])
        return request
    needed = [field for field in schema.fields.items() if field[1].required] if schema else []
    return {"type": name, "args": {argument: made_up(field) for argument, field in needed}}


def made_up(field: fields.Field[Any]) -> Any:
    """A value of the kind of a field."""
    if "example" in field.metadata:
        return field.metadata["example"]
    return next((value for kind, value in MADE if isinstance(field, kind)), "1")
