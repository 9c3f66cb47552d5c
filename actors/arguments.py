"""The arguments of a job type, as its schema knows them."""

from __future__ import annotations

from typing import Any


def arguments(actor: Any) -> list[dict[str, Any]]:
    """Each argument with name, kind, whether it is required, default and meaning; only names without a schema."""
    if actor.schema is None:
        return [
            {"name": name, "kind": "any", "required": False, "default": None, "about": ""} for name in actor.parameters
        ]
    from marshmallow import missing

    return [
        {
            "name": name,
            "kind": type(field).__name__.lower(),
            "required": field.required,
            "default": None if field.load_default is missing or callable(field.load_default) else field.load_default,
            "about": field.metadata.get("description", ""),
        }
        for name, field in actor.schema.fields.items()
    ]
