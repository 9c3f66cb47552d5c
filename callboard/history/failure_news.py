"""What is told when a group of failures is seen for the first time, or again after it was resolved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from callboard.broker.announce import announce
from callboard.broker.link import Links
from callboard.history.failure_groups import TOLD, Noted
from callboard.jobs.fingerprint import fingerprint

NEW: Final = "error:new"
RETURNED: Final = "error:returned"
MESSAGE_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class News:
    """One event to come: its name, the fingerprint of the group, and the failure that brought it."""

    event: str
    fingerprint: str
    failure: Mapping[str, Any]


def news_of(noted: Noted, failures: Iterable[Mapping[str, Any]]) -> list[News]:
    """What is to be told of the failures of a batch once they are recorded."""
    events = dict.fromkeys(noted.returned, RETURNED) | dict.fromkeys(noted.new, NEW)
    first: dict[str, Mapping[str, Any]] = {}
    for failure in failures:
        first.setdefault(failure["fingerprint"], failure)
    return [News(event, id, first[id]) for id, event in events.items() if id in first]


def tell(links: Links, news: list[News]) -> None:
    """Tell of groups, the first one first; what is told is taken from the list. Raises ConnectionLost."""
    while news:
        one = news[0]
        failure = one.failure
        known = fingerprint(*(failure[name] for name in TOLD))
        data = {
            "class": failure["error_class"],
            "error_type": failure["error_type"],
            "message": known.message[:MESSAGE_MOST],
            "frame": known.frame,
            "job": failure["job_id"],
            "type": failure["type"],
        }
        announce(links, one.event, one.fingerprint, data, type=failure["type"], queue=failure["queue"])
        del news[0]
