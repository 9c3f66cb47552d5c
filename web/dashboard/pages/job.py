"""Job: everything about one job, and what may be done with it."""

from __future__ import annotations

from flask import Response

from web.dashboard.ask import ask
from web.dashboard.shell import blueprint, page


@blueprint.get("/jobs/<id>")
def job(id: str) -> Response:
    """One job."""
    return page("job", id, job=ask(f"/jobs/{id}"))
