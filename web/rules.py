"""Who may use which route: the one table; what is not in it is refused to everybody."""

from __future__ import annotations

from typing import Final

from callboard.history.tokens import ROLES

PUBLIC: Final = "public"
VIEWER, OPERATOR, ADMIN = ROLES

# Method and rule of the URL map. HEAD is a GET, OPTIONS tells only what a route takes.
RULES: Final = {
    ("GET", "/static/<path:filename>"): PUBLIC,
    ("GET", "/livez"): PUBLIC,
    ("GET", "/readyz"): PUBLIC,
    ("GET", "/startupz"): PUBLIC,
    ("GET", "/healthz"): PUBLIC,
    ("POST", "/session"): PUBLIC,
    ("DELETE", "/session"): PUBLIC,
    ("GET", "/ws"): PUBLIC,  # asks for a viewer itself, whose token may come as the first message
    ("GET", "/api/jobs/ws"): PUBLIC,
    ("GET", "/api/v1/me"): VIEWER,
    ("POST", "/api/v1/jobs"): OPERATOR,
    ("GET", "/api/v1/jobs/<id>"): VIEWER,
    ("DELETE", "/api/v1/jobs/<id>"): OPERATOR,
    ("PUT", "/api/v1/jobs/<id>/cancellation"): OPERATOR,
    ("POST", "/api/v1/jobs/<id>/retry"): OPERATOR,
    ("POST", "/api/v1/jobs/<id>/promotion"): OPERATOR,
    ("GET", "/api/v1/jobs/<id>/result"): VIEWER,
    ("GET", "/api/v1/jobs"): VIEWER,
    ("GET", "/api/v1/jobs/counts"): VIEWER,
    ("GET", "/api/v1/jobs/suggest"): VIEWER,
    ("GET", "/api/v1/jobs/<id>/attempts"): VIEWER,
    ("GET", "/api/v1/jobs/<id>/logs"): VIEWER,
    ("GET", "/api/v1/jobs/<id>/progress"): VIEWER,
    ("GET", "/api/v1/jobs/<id>/position"): VIEWER,
    ("GET", "/api/v1/jobs/<id>/stream"): VIEWER,
    ("GET", "/api/v1/events"): VIEWER,
    ("GET", "/api/v1/bulk"): VIEWER,
    ("POST", "/api/v1/bulk"): OPERATOR,
    ("GET", "/api/v1/bulk/<id>"): VIEWER,
    ("DELETE", "/api/v1/bulk/<id>"): OPERATOR,
}


def role_for(method: str, rule: str) -> str | None:
    """The least role that may use a route, `public` where anybody may, None where there is no rule."""
    return RULES.get(("GET" if method in ("HEAD", "OPTIONS") else method, rule))


def may(role: str | None, needed: str) -> bool:
    """Whether a role is enough; None is nobody."""
    return needed == PUBLIC or (role is not None and ROLES.index(role) >= ROLES.index(needed))
