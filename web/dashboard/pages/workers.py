"""Workers: the processes that run jobs, the versions they are of, and one with what it does right now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Response, request

from web.dashboard.ask import Unavailable, ask
from web.dashboard.shell import blueprint, once, page


@blueprint.get("/workers")
def workers() -> Response:
    """All worker processes: how busy they are, of which version, how they fare."""
    found = once(lambda: ask("/workers"))
    queues = once(lambda: ask("/queues"))
    return page("workers", "Workers", found=found, versions=versions, queues=queues, lost=unserved)


@blueprint.get("/workers/<id>")
def worker(id: str) -> Response:
    """One worker process: the jobs it runs, its threads, what it serves."""
    found = once(lambda: ask(f"/workers/{id}"))
    found()  # one that is not there is told as such, and not within its page
    stacks = "stacks" in request.args
    return page(
        "worker",
        id[:200],
        within="workers",
        id=id,
        found=found,
        stacks=(lambda: ask(f"/workers/{id}/stacks")) if stacks else None,
        lacks=lambda types: lacking(ask("/types"), types),
    )


def versions(workers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The versions that run, the newest process first: how many of each, and their slots."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in sorted(workers, key=lambda one: one["since"] or "", reverse=True):
        name = (one["version"] or "unknown", one["python"] or "unknown")
        row = found.setdefault(
            name, {"version": name[0], "python": name[1], "workers": 0, "slots": 0, "busy": 0, "newest": one["since"]}
        )
        row["workers"] += 1
        row["slots"] += one["threads"] or 0
        row["busy"] += one["busy"]
        row["oldest"] = one["since"]
    return list(found.values())


def unserved(queues: Any) -> list[dict[str, Any]]:
    """The queues in which jobs wait that no worker serves."""
    return [one for one in (queues or {"queues": ()})["queues"] if one["why"] == "no_worker"]


def lacking(types: Any, served: Sequence[str] | None) -> list[str]:
    """The types that are known here and that a worker cannot run."""
    if isinstance(types, Unavailable) or served is None:
        return []
    return sorted({one["type"] for one in types["types"]} - set(served))
