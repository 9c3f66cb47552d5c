"""Home: whether anything is wrong, and what to do about it."""

from __future__ import annotations

from flask import Response

from web.dashboard.ask import ask
from web.dashboard.shell import blueprint, page


@blueprint.get("/")
def home() -> Response:
    """What needs attention, what runs, what was done."""
    return page("home", "Home", attention=lambda: ask("/attention"))
