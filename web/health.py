"""Probes: whether the process lives, is ready, and has started; fast, and told to anybody."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from callboard.broker.errors import ConnectionLost
from callboard.history.errors import SchemaError
from web.services import here

blueprint = Blueprint("health", __name__)


@blueprint.get("/livez")
def live() -> dict[str, str]:
    """Whether this process answers at all."""
    return {"status": "ok"}


@blueprint.get("/readyz")
@blueprint.get("/healthz")
@blueprint.get("/startupz")
def ready() -> tuple[dict[str, Any], int]:
    """Whether Redis is there for it, and SQL with the tables of this code."""
    checks = {"redis": _redis(), "sql": _sql()}
    good = all(check == "ok" for check in checks.values())
    return {"status": "ok" if good else "unavailable", "checks": checks}, 200 if good else 503


def _redis() -> str:
    try:
        here().links.call("PING")
    except ConnectionLost as error:
        return here().mask(str(error))
    return "ok"


def _sql() -> str:
    from callboard.history.database import is_there

    try:
        return "ok" if is_there(here().engine) else "the database does not answer"
    except SchemaError as error:
        return here().mask(str(error))
