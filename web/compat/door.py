"""What all old routes share: their blueprint, the shape of their answers, and where each is found today."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, g, request, url_for

from callboard.facade.spelling import camel
from web.api.calls import call_from
from web.problems import Problem
from web.services import here

blueprint: Final = Blueprint("compat", __name__, url_prefix="/api")


@blueprint.after_request
def lead_on(response: Response) -> Response:
    """Name the route of the native API that does the same (RFC 5829)."""
    response.headers.setdefault("Link", f'<{g.get("successor", "/api/v1/jobs")}>; rel="successor-version"')
    return response


def successor(path: str) -> None:
    """Say which native route does what this one does."""
    g.successor = path


def place_of(id: str) -> dict[str, str]:
    """The headers of an answer about a job: where it is found, also for whoever follows links."""
    path = url_for("jobs.OneJob", id=id)
    successor(path)
    return {"Location": path}


def body() -> dict[str, Any]:
    """The JSON object of a request. Raises Problem."""
    value = request.get_json()
    if not isinstance(value, dict):
        raise wrong("", f"a JSON object was expected, got {type(value).__name__}")
    return value


def text_of(values: dict[str, Any], name: str) -> str:
    """A field that must be text. Raises Problem."""
    value = values.get(name)
    if not isinstance(value, str) or not value.strip():
        raise wrong(name, "text was expected" if name in values else "missing data for a field that is required")
    return value


def wrong(field: str, words: str) -> Problem:
    """The problem of a field that does not fit."""
    return Problem(422, "invalid", f"{field}: {words}" if field else words, errors=[{"field": field, "message": words}])


def create_status() -> int:
    """With what a creation is answered: 202, or what the settings say for clients that look at the number."""
    return int(here().settings.compat_create_status)


def enqueue(type: str, arguments: dict[str, Any], options: dict[str, Any]) -> str:
    """Enqueue a job of ours and return its id. Raises Problem, which names fields as the client spells them."""
    try:
        call = call_from({"type": type, "args": arguments, **options})
    except Problem as problem:
        raise as_sent(problem) from None
    return here().client.enqueue(call)


def as_sent(problem: Problem) -> Problem:
    """The same problem with fields named as these clients name them."""
    for error in problem.errors:
        error["field"] = camel(error["field"].removeprefix("args."))
    return problem
