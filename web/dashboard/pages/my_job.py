"""My job: how far one job is, for a person without an account who has a signed link."""

from __future__ import annotations

from flask import Response, request

from web.dashboard.ask import Unavailable, ask
from web.dashboard.pages.job import between
from web.dashboard.shell import blueprint, page
from web.job_links import read
from web.problems import Problem


@blueprint.get("/j/<id>")
def my_job(id: str) -> Response:
    """The progress of the job that a link names, and of no other."""
    token = request.args.get("t", "")
    if read(token).job != id:
        raise Problem(404, "not_found", "this link is for another job")
    found = ask(f"/shared/{token}")
    title = id if isinstance(found, Unavailable) else found["type"].replace("_", " ").capitalize()
    return page("my_job", title, topics=(), job=found, token=token, between=between)
