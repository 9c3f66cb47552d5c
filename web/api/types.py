"""Job types: what each takes, by a JSON Schema, and how long its jobs take and what they cost."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from callboard.jobs.policy import type_slug
from web.api.stat_schemas import Spread
from web.problems import Problem
from web.services import here
from web.strict_blueprint import StrictBlueprint
from web.type_pages import type_values

blueprint = StrictBlueprint("types", __name__, url_prefix="/api/v1/types", description="Job types")


class RetryPolicy(Schema):
    """When a job that failed is tried again."""

    first_ms = fields.Integer()
    at_most_ms = fields.Integer()
    factor = fields.Float()
    jitter = fields.String()


class CostOut(Schema):
    """What a job costs, on average over those that told it."""

    jobs = fields.Integer(metadata={"description": "completed jobs that this is known from"})
    mean_usd = fields.Float()
    most_usd = fields.Float()
    tokens_in = fields.Integer(allow_none=True)
    tokens_out = fields.Integer(allow_none=True)


class ArgumentOut(Schema):
    """An argument of a type."""

    name = fields.String()
    kind = fields.String()
    required = fields.Boolean()
    default = fields.Raw(allow_none=True)
    about = fields.String()


class TypeOut(Schema):
    """A job type."""

    type = fields.String()
    queue = fields.String()
    about = fields.String()
    attempts = fields.Integer(metadata={"description": "runs allowed, the first included"})
    retry = fields.Nested(RetryPolicy)
    timeout_ms = fields.Integer(allow_none=True)
    priority = fields.String()
    isolated = fields.Boolean(metadata={"description": "each run in a process of its own"})
    memory_mb = fields.Integer(allow_none=True)
    requires = fields.List(fields.String(), metadata={"description": "what a worker must have installed"})
    arguments = fields.List(fields.Nested(ArgumentOut), metadata={"description": "the same as `schema`, in short"})
    schema = fields.Dict(metadata={"description": "JSON Schema of its arguments"})
    example = fields.Dict(metadata={"description": "a body for POST /api/v1/jobs"})
    jobs = fields.Integer(metadata={"description": "completed jobs that this is known from"})
    run = fields.Nested(Spread, allow_none=True)
    wait = fields.Nested(Spread, allow_none=True)
    cost = fields.Nested(CostOut, allow_none=True)


class TypeList(Schema):
    """The job types."""

    types = fields.List(fields.Nested(TypeOut))


@blueprint.route("")
class Types(MethodView):
    """All job types."""

    @blueprint.response(200, TypeList)
    def get(self) -> Any:
        """The job types of the platform by name."""
        return {"types": [values(actor) for _, actor in sorted(here().types.items())]}


@blueprint.route("/<type>")
class OneType(MethodView):
    """One job type."""

    @blueprint.response(200, TypeOut)
    def get(self, type: str) -> Any:
        """A job type: what it takes, its policy, an example, how long its newest jobs took and what they cost."""
        return values(found_type(type))


def values(actor: Any) -> dict[str, Any]:
    """A type with what its newest jobs took."""
    from actors.arguments import arguments

    recent = asdict(here().durations.of(actor.actor_name))
    told = type_values(actor) | {"arguments": arguments(actor)}
    return told | {name: recent[name] for name in ("jobs", "run", "wait", "cost")}


def found_type(name: str) -> Any:
    """The type of a path. Raises Problem."""
    try:
        return here().types[type_slug(name)]
    except (ValueError, KeyError):
        raise Problem(404, "not_found", f"type {name[:100]} is unknown", hint="GET /api/v1/types lists them") from None
