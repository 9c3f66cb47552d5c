"""Queues: how all of them stand, and one of them with its jobs, limits, types and workers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Response, request

from callboard.jobs.states import ACTIVE, FAILED, STATES, WAITING
from web.dashboard.ask import Unavailable, ask
from web.dashboard.ranges import span
from web.dashboard.shell import blueprint, once, page
from web.problems import Problem

# Which queues a tab shows, and what it says when there are none.
TABS: Final[dict[str, tuple[str, str, Callable[[dict[str, Any]], bool]]]] = {
    "all": ("All", "No queue yet", lambda _: True),
    "busy": ("With work", "All queues are idle", lambda queue: queue["counts"][WAITING] + queue["counts"][ACTIVE] > 0),
    "held": ("Held", "Nothing holds a queue", lambda queue: queue["why"] is not None),
    "failing": ("With failed jobs", "No queue has failed jobs", lambda queue: bool(queue["counts"][FAILED])),
}
LISTED: Final = 15


@blueprint.get("/queues")
def queues() -> Response:
    """All queues: what is in them, how they do, what holds them."""
    show = request.args.get("show", "all")
    if show not in TABS:
        raise Problem(422, "invalid", f"show is one of {', '.join(TABS)}, got {show[:40]!r}")
    every, numbers = once(lambda: ask("/queues")), once(lambda: ask("/stats/queues"))
    return page("queues", "Queues", found=lambda: standing(every, numbers, show), show=show, numbers=numbers)


def standing(every: Callable[[], Any], numbers: Callable[[], Any], show: str) -> Any:
    """The queues of a tab with their numbers, of which some may be missing; Unavailable without the queues."""
    if isinstance(found := every(), Unavailable):
        return found
    known = {one["name"]: one for one in (numbers() or {"queues": ()})["queues"]}
    queues = [queue | {"numbers": known.get(queue["name"], {})} for queue in found["queues"]]
    tabs = [(words, key, sum(map(fits, queues))) for key, (words, _, fits) in TABS.items()]
    return {"queues": [queue for queue in queues if TABS[show][2](queue)], "tabs": tabs, "nothing": TABS[show][1]}


@blueprint.get("/queues/<queue>")
def queue(queue: str) -> Response:
    """One queue: its jobs, how it does, its limits, its types, its workers."""
    state, chosen = request.args.get("state", ""), span(request.args.get("range", "24h"))
    if state and state not in STATES:
        raise Problem(422, "invalid", f"state is one of {', '.join(STATES)}, got {state[:40]!r}")
    found = once(lambda: ask(f"/queues/{queue}"))
    name = (found() or {"name": queue[:100]})["name"]
    return page(
        "queue",
        name,
        within="queues",
        called=name,
        queue=found,
        state=state,
        chosen=chosen,
        numbers=once(lambda: of_queue(ask("/stats/queues"), name)),
        jobs=lambda: ask("/jobs", queue=name, state=state, limit=LISTED),
        done=once(lambda: ask("/stats/throughput", queue=name, **chosen.asked)),
        types=lambda: of_queue(ask("/types"), name, "types", "queue"),
        workers=lambda: of_queue(ask("/workers"), name, "workers", "queues"),
        others=lambda: [one["name"] for one in (ask("/queues") or {"queues": ()})["queues"] if one["name"] != name],
    )


def of_queue(answer: Any, name: str, many: str = "queues", field: str = "name") -> Any:
    """Those entries of an answer that are about a queue."""
    if isinstance(answer, Unavailable):
        return answer
    return [one for one in answer[many] if name == one[field] or (field == "queues" and name in (one[field] or ()))]
