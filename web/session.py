"""The session of a browser: begun with a token, ended by hand."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, request, session

from web.identity import SESSION, by_text
from web.problems import Problem

blueprint = Blueprint("session", __name__)


@blueprint.post("/session")
def begin() -> dict[str, Any]:
    """Begin a session with a token; the cookie holds its id and not the token."""
    body = request.get_json()
    text = body.get("token") if isinstance(body, dict) else None
    if not isinstance(text, str):
        raise Problem(422, "invalid", "a token was expected", errors=[{"field": "token", "message": "is missing"}])
    token = by_text(text, g.tries)
    session.clear()
    session[SESSION] = token.id
    return {"name": token.name, "role": token.role}


@blueprint.delete("/session")
def end() -> tuple[str, int]:
    """End the session."""
    session.clear()
    return "", 204
