"""Groups of failures over the API, as the history itself would have told them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final
from urllib.parse import quote

from callboard.history.bulk import BulkProgress
from callboard.history.failed_jobs import Failure
from callboard.history.failures import FailureGroup
from cli.api import Api
from cli.remote_bulk import followed
from cli.remote_jobs import moment

PAGE: Final = 200
TIMES: Final = ("first_at", "last_at", "status_at", "ignored_until")
GROUP: Final = tuple(FailureGroup.__dataclass_fields__)


def groups(api: Api, limit: int, **asked: str | None) -> list[dict[str, Any]]:
    """The groups that are asked for, each as one row. Raises Refused, ConnectionLost."""
    return [timed(row) for row in islice(_pages(api, limit, asked), limit)]


def _pages(api: Api, limit: int, asked: dict[str, str | None]) -> Iterator[dict[str, Any]]:
    cursor = None
    while True:
        page = api.get("/errors", limit=min(limit, PAGE), cursor=cursor, **asked)
        yield from page["errors"]
        cursor = page["next"]
        if not cursor:
            return


def whole(api: Api, text: str) -> tuple[dict[str, Any], list[Failure]]:
    """A group by the first digits of its fingerprint, with its newest failures. Raises Refused."""
    values = timed(api.get(f"/errors/{quote(text, safe='')}"))
    newest = [Failure(**row | {"at": moment(row["at"])}) for row in values["newest"]]
    return values, newest


def group(api: Api, text: str) -> FailureGroup:
    """The same as the history knows it."""
    values, _ = whole(api, text)
    return FailureGroup(**{name: values[name] for name in GROUP})


def timed(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose times are times."""
    return row | {name: moment(row[name]) for name in TIMES}


def decide(api: Api, fingerprint: str, change: dict[str, Any]) -> None:
    """Write down what was decided about a group. Raises Refused."""
    api.send("PATCH", f"/errors/{fingerprint}", json=change)


def retried(
    api: Api, fingerprint: str, limit: int | None, rate: float | None, stopped: threading.Event
) -> Iterator[BulkProgress]:
    """Run the failed jobs of a group again over there; how far that is, twice a second, until it is over."""
    wanted = {"limit": limit, "rate_per_s": rate}
    body = {name: value for name, value in wanted.items() if value is not None}
    act = api.send("POST", f"/errors/{fingerprint}/retry", json=body)[1]
    return followed(api, act, stopped)
