"""What all pages have: the blueprint, the frame around each page, parts that are fetched anew, pages for errors."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, g, jsonify, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from jinja2 import Template

from callboard import __version__
from callboard.jobs.schedule import ON_MISSED, OVERLAPS
from callboard.jobs.states import STATES
from web.dashboard import charts
from web.dashboard.ask import Unavailable, ask
from web.dashboard.shown import FILTERS
from web.dashboard.words import KEYS, PAGES, REASONS
from web.problems import Problem
from web.rules import may
from web.services import here

blueprint = Blueprint("dashboard", __name__)
REGION: Final = "region_"
THEMES: Final = ("light", "dark")


@blueprint.record
def prepare(state: BlueprintSetupState) -> None:
    """Give templates the filters, and the macros that all of them use as `ui`."""
    environment = state.app.jinja_env
    environment.filters.update(FILTERS)
    environment.tests["unavailable"] = lambda value: isinstance(value, Unavailable)
    environment.globals.update(
        static=static,
        reasons=REASONS,
        **charts.FUNCTIONS,
        here_job=here_job,
        overlaps=OVERLAPS,
        on_missed_ways=ON_MISSED,
    )
    environment.trim_blocks = environment.lstrip_blocks = True
    environment.globals["chart"] = environment.get_template("dashboard/_charts.html").module
    environment.globals["ui"] = environment.get_template("dashboard/_macros.html").module


def page(name: str, title: str, *, topics: tuple[str, ...] = ("home",), status: int = 200, **values: Any) -> Response:
    """A page, or those of its regions that a page that is open asks for by `X-Regions`.

    Values are what the template shows; those which are functions are called only by the part that shows them.
    """
    known = shell_values(name, title, topics) | values
    template = current_app.jinja_env.get_template(f"dashboard/{name}.html")
    if wanted := request.headers.get("X-Regions"):
        return jsonify(regions(template, wanted.split(","), known))
    return html(render_template(template, **known), status)


def regions(template: Template, wanted: list[str], values: dict[str, Any]) -> dict[str, str]:
    """The HTML of some regions by name. Raises Problem."""
    blocks = current_app.jinja_env.get_template("dashboard/_base.html").blocks | template.blocks
    unknown = [name for name in wanted if REGION + name not in blocks]
    if unknown:
        raise Problem(422, "invalid", f"this page has no region {unknown[0][:60]!r}")
    current_app.update_template_context(values)
    return {name: "".join(blocks[REGION + name](template.new_context(values))) for name in wanted}


def shell_values(name: str, title: str, topics: tuple[str, ...]) -> dict[str, Any]:
    """What the frame around a page shows."""
    settings = here().settings
    caller = g.get("caller")
    theme = request.cookies.get("theme")
    return {
        "page": name,
        "title": title,
        "topics": topics,
        "version": __version__,
        "caller": caller,
        "is_there": is_there,
        "may": lambda role: may(caller.role if caller else None, role),
        "pages": [entry for entry in PAGES if caller and may(caller.role, entry[4]) and is_there(entry[0])],
        "keys": KEYS,
        "states": STATES,
        "theme": theme if theme in THEMES else "",
        "environment": settings.environment,
        "overview": overview,
        "calls": lambda: g.get("calls", []),
        "here": here_with,
    }


def is_there(endpoint: str) -> bool:
    """Whether a page is declared."""
    return f"dashboard.{endpoint}" in current_app.view_functions


def overview() -> Any:
    """The counts in the frame, read once for a request."""
    if "overview" not in g:
        g.overview = ask("/stats/overview")
    return g.overview


def here_with(**changed: Any) -> str:
    """The address of this page with some parameters changed; None takes one out."""
    kept = {name: values for name, values in request.args.lists() if name not in changed and name != "cursor"}
    kept |= {name: value for name, value in changed.items() if value not in (None, "")}
    return request.path + (f"?{urlencode(kept, doseq=True)}" if kept else "")


def here_job(id: str) -> str:
    """The address of the page of a job."""
    return url_for("dashboard.job", id=id) if is_there("job") else ""


def html(text: str, status: int = 200) -> Response:
    """An answer that is a page."""
    return Response(text, status, content_type="text/html; charset=utf-8")


def static(name: str) -> str:
    """The address of a file of ours, which changes whenever the file does; a script's stays, as scripts import it."""
    if name.endswith(".js"):
        return url_for("static", filename=name)
    return url_for("static", filename=name, v=_mark(Path(current_app.static_folder or "") / name))


@lru_cache(maxsize=256)
def _mark(path: Path) -> str:
    return format(int(path.stat().st_mtime), "x") if path.exists() else __version__


def problem_page(problem: Problem) -> ResponseReturnValue:
    """A problem as a page; who has not signed in is asked to."""
    if problem.status == 401:
        return redirect(url_for("dashboard.sign_in", next=request.full_path.rstrip("?")))
    values = shell_values("problem", f"Error {problem.status}", ())
    text = render_template("dashboard/problem.html", **values | {"problem": problem, "overview": lambda: None})
    response = html(text, problem.status)
    response.headers.extend(problem.headers)
    return response


def once(load: Callable[[], Any]) -> Callable[[], Any]:
    """A function that loads at its first call only, for what several regions of a page show."""
    found: list[Any] = []

    def value() -> Any:
        if not found:
            found.append(load())
        return found[0]

    return value
