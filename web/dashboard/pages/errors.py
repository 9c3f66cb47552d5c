"""Errors: failures in groups of one fault each, and what to do about them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flask import Response, request

from callboard.history.failures import ORDERS, STATUSES
from callboard.jobs.errors import ERROR_CLASSES
from web.dashboard.ask import Unavailable, ask
from web.dashboard.shell import blueprint, once, page

ORDER_WORDS: Final = {"last": "newest first", "count": "most failures first", "first": "latest fault first"}
HOUR: Final = timedelta(hours=1)
# For how long a group may be ignored.
LENGTHS: Final = (("an hour", HOUR), ("a day", 24 * HOUR), ("a week", 7 * 24 * HOUR), ("four weeks", 28 * 24 * HOUR))
assert set(ORDER_WORDS) == set(ORDERS)


@blueprint.get("/errors")
def errors() -> Response:
    """Groups of failures: what fails most and since when."""
    asked = {name: request.args.get(name, "") for name in ("type", "error_class", "cursor")}
    status, order = request.args.get("status", "open"), request.args.get("order", "last")
    found = once(lambda: ask("/errors", status=status, order=order, limit=25, **asked))
    return page(
        "errors",
        "Errors",
        found=found,
        shown=status,
        order=order,
        asked=asked,
        statuses=STATUSES,
        orders=ORDER_WORDS,
        classes=tuple(ERROR_CLASSES),
    )


@blueprint.get("/errors/<fingerprint>")
def error(fingerprint: str) -> Response:
    """One group of failures: its message and trace, its jobs, who looks after it."""
    found = once(lambda: ask(f"/errors/{fingerprint}"))
    known = found()
    full = known["fingerprint"] if known else fingerprint[:40]
    return page(
        "error",
        known["error_type"] if known else "Failures",
        within="errors",
        found=found,
        fingerprint=full,
        steps=lambda: by_hour(known),
        waiting=once(lambda: ask("/jobs", q=f"fingerprint:{full} state:delayed", limit=1)),
        until=lambda: [(words, (now() + length).isoformat(timespec="seconds")) for words, length in LENGTHS],
    )


def by_hour(group: Any) -> list[dict[str, Any]]:
    """The failures of the last 24 hours as steps of a chart."""
    if isinstance(group, Unavailable):
        return []
    hours = len(group["trend"])
    end = now()
    steps = enumerate(group["trend"])
    return [{"at": (end - (hours - at) * HOUR).isoformat(), "failed": number} for at, number in steps]


def now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)
