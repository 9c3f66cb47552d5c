"""Job: everything about one job, and what may be done with it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flask import Response, g
from flask.typing import ResponseReturnValue

from callboard.history.search.writing import write_text
from callboard.jobs.states import COMPLETED, FINAL
from research.exports.links import PATH, link_secret, sign
from web.dashboard.ask import Unavailable, ask
from web.dashboard.job_life import legs, retries
from web.dashboard.shell import blueprint, once, page
from web.dashboard.shown import time_of
from web.dashboard.ways import ways
from web.problems import Problem
from web.rules import ADMIN, may
from web.services import here

CELLS: Final = 12
FILE_MINUTES: Final = 15
KEPT: Final = ("priority", "unique_key", "fairness_key", "tags")


@blueprint.get("/jobs/<id>")
def job(id: str) -> ResponseReturnValue:
    """One job, by what Redis knows of it, else by the history."""
    found = ask(f"/jobs/{id}")
    if isinstance(found, Unavailable):
        return page("job", id, within="jobs", job=found, topics=(f"job:{id}",))
    known = once(lambda: ask(f"/jobs/{id}/attempts"))
    policy = once(lambda: policy_of(found["type"]))
    admin = g.caller is not None and may(g.caller.role, ADMIN)
    return page(
        "job",
        f"{found['type']} {id[-6:]}",
        topics=(f"job:{id}",),
        within="jobs",
        job=found,
        final=found["state"] in FINAL,
        attempts=known,
        legs=lambda told: legs(found, told["attempts"]),
        line=once(lambda: line_of(id)),
        policy=policy,
        retries=lambda: retries(found, policy()) if policy() else [],
        log=once(lambda: ask(f"/jobs/{id}/logs")) if found["log_lines"] else lambda: {"lines": [], "next": 0},
        result=lambda: ask(f"/jobs/{id}/result") if found["state"] == COMPLETED else None,
        table_of=table_of,
        files_in=files_in,
        events=lambda: ask(f"/jobs/{id}/events", limit=1_000),
        notes=lambda: ask(f"/jobs/{id}/notes"),
        audit=lambda: ask("/audit", subject=id, limit=20) if admin else None,
        queues=lambda: ask("/queues"),
        ways=ways(found["type"], plain(found["args"]), {name: found[name] for name in KEPT}),
        again={"type": found["type"], "args": plain(found["args"])},
        between=between,
        quoted=write_text,
    )


def line_of(id: str) -> dict[str, Any]:
    """What the history adds to a job: cost, user, schedule, group of errors, times; nothing where it has none."""
    found = ask("/jobs", q=f"id:{id}", limit=1)
    return found["jobs"][0] if found and found["jobs"] else {}


def policy_of(type: str) -> Any:
    """The type of a job as it is declared now; None where nobody declares it any more."""
    try:
        return ask(f"/types/{type}") or None
    except Problem:
        return None


def between(begun: Any, ended: Any) -> float | None:
    """Milliseconds from one time to another."""
    since, until = time_of(begun), time_of(ended)
    return None if since is None or until is None else (until - since).total_seconds() * 1_000


def plain(args: Any) -> dict[str, Any]:
    """Arguments by name, as far as there are any."""
    return {name: value for name, value in args.items() if name != "_"} if isinstance(args, dict) else {}


def table_of(value: Any) -> tuple[list[str], list[dict[str, Any]]] | None:
    """Columns and rows of a list of records that can be read as a table; None for anything else."""
    if not (isinstance(value, list) and value and all(isinstance(row, dict) for row in value[:200])):
        return None
    columns = list(dict.fromkeys(name for row in value[:200] for name in row))
    return (columns, value[:200]) if 0 < len(columns) <= CELLS else None


def files_in(value: Any) -> list[tuple[str, str]]:
    """The stored files that a result names, each with a link that is good for some minutes."""
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    references = [text for text in values if isinstance(text, str) and text.startswith("file:")][:20]
    until = datetime.now(UTC) + timedelta(minutes=FILE_MINUTES)
    secret = link_secret(here().settings.home) if references else b""
    return [(reference, f"{PATH}{sign(secret, reference, until)}") for reference in references]


@blueprint.get("/jobs/<id>/log.txt")
def job_log(id: str) -> Response:
    """The log of a job as a file."""
    found = ask(f"/jobs/{id}/logs")
    if isinstance(found, Unavailable):
        raise found.problem
    text = "".join(f"{log_line(line)}\n" for line in found["lines"])
    return as_file(text, "text/plain; charset=utf-8", f"{id}.log")


def log_line(line: dict[str, Any]) -> str:
    """A line of a log as text."""
    at = time_of(line.get("at_ms"))
    when = at.isoformat(timespec="milliseconds") if at else ""
    return f"{when} {line.get('level') or 'info':8} {line.get('message', '')}"


@blueprint.get("/jobs/<id>/result.json")
def job_result(id: str) -> Response:
    """The result of a job as a file."""
    found = ask(f"/jobs/{id}/result")
    if isinstance(found, Unavailable):
        raise found.problem
    return as_file(json.dumps(found["result"], indent=2, ensure_ascii=False), "application/json", f"{id}.json")


def as_file(text: str, kind: str, name: str) -> Response:
    """An answer that a browser stores."""
    safe = "".join(sign for sign in name if sign.isalnum() or sign in "._-")
    return Response(text, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{safe}"'})
