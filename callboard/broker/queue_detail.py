"""What is known of one queue beyond its counts: who waits longest, how much of its rate is used, what it keeps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from callboard.broker.keys import SETTINGS, STARTS
from callboard.broker.link import Links
from callboard.jobs.states import FINAL

USED_MOST: Final = 10_000


@dataclass(frozen=True, slots=True)
class QueueDetail:
    """Starts within its rate window, None without a rate; what it keeps of each final state, where it says so."""

    starts: int | None
    keep: dict[str, dict[str, int | None]]
    by_hand: bool


def queue_detail(links: Links, name: str) -> QueueDetail:
    """The settings of a queue that its counts do not tell. Raises ConnectionLost."""
    reply = links.call("HGETALL", SETTINGS(links.prefix, name))
    told: dict[str, Any] = reply if isinstance(reply, dict) else dict(zip(reply[::2], reply[1::2], strict=True))
    keep = {state: _kept(told, state) for state in FINAL if told.get(f"keep_{state}_ms")}
    return QueueDetail(_starts(links, name, told), keep, told.get("set_by_hand") == "1")


def _kept(told: dict[str, Any], state: str) -> dict[str, int | None]:
    count = told.get(f"keep_{state}_count")
    return {"age_ms": int(told[f"keep_{state}_ms"]), "count": int(count) if count else None}


def _starts(links: Links, name: str, told: dict[str, Any]) -> int | None:
    count, per_ms = int(told.get("rate_count") or 0), int(told.get("rate_per_ms") or 0)
    if not (count and per_ms):
        return None
    stamps = links.call("LRANGE", STARTS(links.prefix, name), -min(count, USED_MOST), -1)
    since_ms = links.now_ms() - per_ms
    return sum(int(stamp) > since_ms for stamp in stamps)
