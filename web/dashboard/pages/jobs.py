"""Jobs: found by the one grammar, told by state, kept alive, acted upon one by one or all that match."""

from __future__ import annotations

from typing import Any, Final

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from callboard.history.search.errors import BadQuery
from callboard.history.search.grammar import parse
from callboard.history.search.paste import job_id_in
from callboard.history.search.writing import write_text
from callboard.jobs.states import STATES
from web.dashboard.ask import Unavailable, ask
from web.dashboard.job_columns import COLUMNS, USUAL, chosen
from web.dashboard.search_text import term, with_term
from web.dashboard.shell import blueprint, once, page
from web.problems import Problem
from web.services import here

PAGE: Final = 50
MOST: Final = 200
FILTERS: Final = ("state", "queue", "type")


@blueprint.get("/jobs")
def jobs() -> ResponseReturnValue:
    """The jobs that fit a search, newest first."""
    text = request.args.get("q", "").strip()
    if set(FILTERS) & set(request.args):
        return redirect(written(text))
    if found := pasted(text):
        return redirect(found)
    error = mistake(text)
    columns = chosen(request.args.get("columns"))
    rest = with_term(text, "state", "")
    return page(
        "jobs",
        "Jobs",
        q=text,
        error=error,
        found=once(lambda: listed(text) if not error else nothing()),
        by_state=lambda: ask("/jobs/states", q=rest) if not error else None,
        timeline=lambda: ask("/jobs/timeline", q=text) if not error else None,
        views=lambda: ask("/views"),
        queues=lambda: ask("/queues"),
        types=sorted(here().types),
        state=term(text, "state"),
        chosen={key: term(text, key) for key in ("queue", "type")},
        for_state=lambda state: address(with_term(text, "state", state)),
        bars=bars,
        columns=columns,
        all_columns=COLUMNS,
        usual={name for name, *_ in columns} == set(USUAL),
        first=not request.args.get("cursor"),
        whole=text or "state:all",
    )


def listed(text: str) -> Any:
    """A page of the list, or those of its rows that the page asks for anew."""
    if ids := [write_text(id) for id in request.args.get("ids", "").split(",") if id]:
        return ask("/jobs", q=f"id:{','.join(ids[:MOST])}", limit=MOST)
    return ask("/jobs", q=text, cursor=request.args.get("cursor"), limit=PAGE)


def nothing() -> dict[str, Any]:
    """The list of a search that cannot be understood."""
    return {"jobs": [], "next": None, "prev": None, "count": None, "cut": None, "since": None}


def mistake(text: str) -> str | None:
    """What is wrong with a search, None where it can be understood."""
    try:
        parse(text) if text else None
    except BadQuery as error:
        return str(error)
    return None


def pasted(text: str) -> str | None:
    """The page of the job whose id, address or log line somebody has pasted, if there is that job."""
    id = job_id_in(text)
    if not id or request.args.get("cursor") or request.args.get("ids"):
        return None
    try:
        job = ask(f"/jobs/{id}")
    except Problem:
        return None
    return None if isinstance(job, Unavailable) else url_for("dashboard.job", id=id)


def written(text: str) -> str:
    """The address of the search into which the fields of the filter are written."""
    for key in FILTERS:
        if key in request.args:
            text = with_term(text, key, request.args[key].strip())
    return address(text)


def address(text: str) -> str:
    """The first page of a search, with the columns of this one."""
    return url_for("dashboard.jobs", q=text or None, columns=request.args.get("columns") or None)


def bars(timeline: dict[str, Any], height: int) -> list[dict[str, Any]]:
    """The bars of a chart: for each its time, its number, and its parts from the bottom up as `(state, y, height)`."""
    most = max((sum(bar["states"].values()) for bar in timeline["bars"]), default=0) or 1
    drawn = []
    for bar in timeline["bars"]:
        y, parts = float(height), []
        for state in reversed(STATES):
            if number := bar["states"].get(state):
                tall = max(1.0, (height - 2) * number / most)
                y -= tall
                parts.append((state, round(max(y, 0), 1), round(tall, 1)))
        drawn.append(bar | {"jobs": sum(bar["states"].values()), "parts": parts})
    return drawn
