"""Home: whether anything is wrong, and what to do about it."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, request

from web.dashboard import findings
from web.dashboard.ask import ask
from web.dashboard.ranges import span
from web.dashboard.shell import blueprint, once, page
from web.problems import Problem

RANGES: Final = ("1h", "24h", "7d")
SCHEDULES: Final = 6


@blueprint.get("/")
def home() -> Response:
    """What needs attention, what runs, what was done."""
    chosen = span(request.args.get("range", "1h"))
    if chosen.name not in RANGES:
        raise Problem(422, "invalid", f"expected a range of {', '.join(RANGES)}, got {chosen.name}")
    return page(
        "home",
        "Home",
        attention=lambda: ask("/attention"),
        act_of=findings.act,
        leads_of=findings.leads,
        span=chosen,
        ranges=RANGES,
        pulse=once(lambda: ask("/stats/pulse")),
        done=lambda: ask("/stats/throughput", **chosen.asked),
        queues=once(lambda: ask("/queues")),
        numbers=once(lambda: ask("/stats/queues")),
        busy=busy,
        running=lambda: ask("/stats/running"),
        schedules=next_schedules,
    )


def busy(queue: dict[str, Any], numbers: dict[str, Any] | None) -> bool:
    """Whether there is something to see in a queue: work, a hold, or an end within the hour."""
    working = any(queue["counts"][state] for state in ("waiting", "delayed", "blocked", "active"))
    ended = numbers is not None and bool(numbers["completed"] or numbers["failed"])
    return working or ended or queue["paused"] or bool(queue["why"])


def next_schedules() -> Any:
    """The schedules that are due next, the nearest first."""
    found = ask("/schedules")
    if not found:
        return found
    due = [schedule for schedule in found["schedules"] if schedule["next_at"] and schedule["state"] == "on"]
    return sorted(due, key=lambda schedule: schedule["next_at"])[:SCHEDULES]
