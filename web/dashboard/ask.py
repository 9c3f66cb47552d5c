"""What a page shows is what the API answers: GET requests to it from within, with the caller of the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

import orjson
from flask import current_app, g, request
from werkzeug.exceptions import HTTPException

from web.problems import Problem, of_error, of_http
from web.rules import may, role_for

API = "/api/v1"


@dataclass(frozen=True)
class Unavailable:
    """Stands for what could not be read now, because a store is away; it is false."""

    problem: Problem

    def __bool__(self) -> bool:
        return False


def ask(path: str, **params: Any) -> Any:
    """The JSON values of the API's answer to `GET /api/v1{path}`; Unavailable when a store is away. Raises Problem.

    Parameters that are None or empty are left out. A trailing underscore of a name is dropped: `from_`.
    """
    asked = {name.rstrip("_"): value for name, value in params.items() if value not in (None, "")}
    note(path, asked)
    try:
        return _answer(path, asked)
    except Exception as error:
        known = error if isinstance(error, Problem) else None
        problem = known or (of_http(error) if isinstance(error, HTTPException) else of_error(error))
        if problem.status == 503:
            return Unavailable(problem)
        raise problem from error


def note(path: str, asked: dict[str, Any]) -> None:
    """Remember which calls a page is made of, for those who want to make them by themselves."""
    calls = g.setdefault("calls", [])
    call = f"{API}{path}" + (f"?{urlencode(asked, doseq=True)}" if asked else "")
    if call not in calls:
        calls.append(call)


def _answer(path: str, asked: dict[str, Any]) -> Any:
    root = request.root_url
    with current_app.test_request_context(f"{API}{path}", base_url=root, query_string=urlencode(asked, doseq=True)):
        if request.routing_exception is not None or request.url_rule is None:
            raise Problem(404, "not_found", f"there is no {API}{path}")
        needed = role_for("GET", request.url_rule.rule)
        if needed is None or not may(g.caller.role if g.caller else None, needed):
            raise Problem(403, "not_allowed", f"this needs the role {needed}")
        view = current_app.view_functions[request.url_rule.endpoint]
        answer = current_app.make_response(cast("Any", view(**(request.view_args or {}))))
        return orjson.loads(answer.get_data())
