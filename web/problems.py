"""Errors as the API tells them: problem details of RFC 9457, and the fields that clients of old systems look for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from flask import Response, current_app, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from callboard.jobs.encoding import encode
from research import error_kinds
from web.services import here

TYPE: Final = "application/problem+json"
STATUSES: Final = {
    error_kinds.INVALID: 422,
    error_kinds.TOO_LARGE: 413,
    error_kinds.NOT_FOUND: 404,
    error_kinds.NOT_POSSIBLE: 409,
    error_kinds.NOT_ALLOWED: 403,
    error_kinds.TIMED_OUT: 504,
    error_kinds.FULL: 503,
    error_kinds.UNREACHABLE: 503,
    error_kinds.BUG: 500,
}
# Seconds after which asking again may help.
AGAIN: Final = {error_kinds.FULL: 30, error_kinds.UNREACHABLE: 5, error_kinds.TIMED_OUT: 5}
CODES: Final = {400: "bad_request", 401: "not_authenticated", 404: "not_found", 405: "method_not_allowed"}


class Problem(Exception):
    """Raised by a view that answers with an error of its own; `errors` are {"field": ..., "message": ...}."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        hint: str | None = None,
        errors: list[dict[str, str]] | None = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail, self.hint = status, code, detail, hint
        self.errors, self.headers, self.more = errors or [], headers or {}, more


@contextmanager
def blamed_on(field: str) -> Iterator[None]:
    """Have a ValueError of the engine answered as a mistake in a field of what was sent."""
    try:
        yield
    except ValueError as error:
        errors = [{"field": field, "message": here().mask(str(error))}]
        raise Problem(422, "invalid", str(error), errors=errors) from None


def answer(problem: Problem) -> Response:
    """The response for a problem; secrets in its words are masked."""
    detail = here().mask(problem.detail)
    title = HTTP_STATUS_CODES.get(problem.status, "Error")
    values = {
        "type": f"/problems/{problem.code}",
        "title": title,
        "status": problem.status,
        "detail": detail,
        "instance": request.path,
        "code": problem.code,
        "hint": problem.hint,
        "request_id": g.get("request_id"),
        "errors": problem.errors,
        "success": False,
        "error": detail,
        "message": detail,
        **problem.more,
    }
    body = encode({name: value for name, value in values.items() if value is not None}, "problem")
    return Response(body, problem.status, problem.headers, content_type=TYPE)


def of_error(error: Exception) -> Problem:
    """The problem that an error of engine or platform amounts to; a bug is logged, and its words stay inside."""
    kind = error_kinds.kind_of(error)
    if kind == error_kinds.BUG:
        logging.getLogger("callboard.web").error("%s %s failed", request.method, request.path, exc_info=error)
        return Problem(500, "bug", "something went wrong here; the log has it under the id of this request")
    headers = {"Retry-After": str(AGAIN[kind])} if kind in AGAIN else {}
    more: dict[str, Any] = {name: getattr(error, name) for name in ("state", "allowed") if hasattr(error, name)}
    return Problem(STATUSES[kind], kind, str(error), errors=_fields(error), headers=headers, **more)


def of_http(error: HTTPException) -> Problem:
    """The problem of an error that Flask or Werkzeug raised."""
    status = error.code or 500
    headers = {
        name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After", "WWW-Authenticate")
    }
    messages = getattr(error, "data", {}).get("messages", {})  # what webargs found wrong
    detail = error.description or HTTP_STATUS_CODES.get(status, "")
    if messages:
        detail = "what was sent does not fit: see errors"
    return Problem(
        status,
        CODES.get(status, "invalid" if messages else f"http_{status}"),
        detail,
        errors=[entry for inner in messages.values() for entry in flat(inner)],
        headers=headers,
    )


def _fields(error: Exception) -> list[dict[str, str]]:
    fields = getattr(error, "fields", None)
    return list(flat(fields)) if isinstance(fields, dict) else []


def flat(messages: Any, path: str = "") -> list[dict[str, str]]:
    """Messages of marshmallow as a list of field and message, the path of a field in dots."""
    if isinstance(messages, dict):
        return [
            entry for name, inner in messages.items() for entry in flat(inner, f"{path}.{name}" if path else str(name))
        ]
    lines = messages if isinstance(messages, list) else [messages]
    return [{"field": path, "message": here().mask(str(line))} for line in lines]


def register(app: Any) -> None:
    """Have every error of an application answered as a problem."""

    @app.errorhandler(Problem)
    def told(error: Problem) -> ResponseReturnValue:
        return told_in(error)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Any:
        return error if error.code and error.code < 400 else told_in(of_http(error))

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        if current_app.testing and error_kinds.kind_of(error) == error_kinds.BUG:
            raise error
        return told_in(of_error(error))


def told_in(problem: Problem) -> ResponseReturnValue:
    """A problem as a page within the dashboard, else as JSON."""
    if request.blueprint != "dashboard" or "text/html" not in request.headers.get("Accept", ""):
        return answer(problem)
    from web.dashboard.shell import problem_page

    return problem_page(problem)
