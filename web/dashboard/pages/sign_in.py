"""The page on which a browser shows its token."""

from __future__ import annotations

from flask import Response, request

from web.dashboard.shell import blueprint, page


@blueprint.get("/sign-in")
def sign_in() -> Response:
    """Ask for a token; a script takes it out of the address that `callboard up` printed."""
    return page("sign_in", "Sign in", topics=(), next=request.args.get("next", ""))
