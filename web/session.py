"""The session of a browser: begun with a token, as JSON or by the form of a page, and ended by hand."""

from __future__ import annotations

import re
import secrets
from typing import Any, Final

from flask import Blueprint, g, redirect, request, session
from werkzeug.wrappers import Response

from callboard.history.tokens import Token
from web.guard import require_browser
from web.identity import BEGUN, SESSION, by_text
from web.problems import Problem

FORM: Final = "application/x-www-form-urlencoded"
# One slash and then anything that no browser turns into another one: they read \ as /, and drop tabs and line ends.
PATH: Final = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]{0,1999}\Z")
blueprint = Blueprint("session", __name__)


@blueprint.post("/session")
def begin() -> dict[str, Any] | Response:
    """Begin a session with a token; the cookie holds its id and not the token. A form leads to its `next`."""
    if request.mimetype == FORM:
        require_browser()
        _begin(request.form.get("token"))
        return redirect(safe_path(request.form.get("next")), 303)
    body = request.get_json()
    token = _begin(body.get("token") if isinstance(body, dict) else None)
    return {"name": token.name, "role": token.role}


@blueprint.delete("/session")
def end() -> tuple[str, int]:
    """End the session."""
    session.clear()
    return "", 204


def safe_path(wanted: str | None) -> str:
    """Where to go after signing in: a path of this site, whatever somebody wrote into a link to the form."""
    return wanted if wanted and PATH.match(wanted) else "/"


def _begin(text: object) -> Token:
    if not isinstance(text, str):
        raise Problem(422, "invalid", "a token was expected", errors=[{"field": "token", "message": "is missing"}])
    token = by_text(text.strip(), g.tries)
    session.clear()  # nothing of a session that somebody else may have begun here goes on
    session[SESSION], session[BEGUN] = token.id, secrets.token_hex(8)
    return token
