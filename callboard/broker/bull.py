"""Jobs that wait in the queues of Bull or BullMQ, read as they lie there; nothing is ever changed in them.

Layout: taskforcesh/bullmq, src/commands/addStandardJob-9.lua, addDelayedJob-6.lua, addPrioritizedJob-9.lua, and the
scripts that they include; that of Bull 3 and 4 is the same in what is read here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from callboard.broker.link import Links

WAITING: Final = ("wait", "paused")
ORDERED: Final = ("prioritized", "delayed")
# The score of a delayed job: its time, with twelve bits of its number below.
DUE_SHIFT: Final = 0x1000
MARKER: Final = "0:"
PAGE: Final = 500
LEFT_ALONE: Final = ("active", "waiting-children")


@dataclass(frozen=True, slots=True)
class BullJob:
    """A job of Bull: `made` are the attempts that it has had, `due_ms` the stamp at which it may run, 0 for now."""

    queue: str
    id: str
    name: str
    data: Any
    opts: dict[str, Any]
    at_ms: int
    due_ms: int = 0
    made: int = 0
    step: bool = False
    repeated: bool = False
    damaged: str = ""


def bull_queues(links: Links, prefix: str = "bull") -> list[str]:
    """The names of the queues that something waits or runs in. Raises ConnectionLost."""
    found, cursor = set(), "0"
    while True:
        cursor, keys = links.call("SCAN", cursor, "MATCH", f"{_escaped(prefix)}:*", "COUNT", 1000)
        for key in keys:
            queue, _, part = key[len(prefix) + 1 :].rpartition(":")
            if queue and part in (*WAITING, *ORDERED, *LEFT_ALONE):
                found.add(queue)
        if str(cursor) == "0":
            return sorted(found)


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "*?[]\\" else c for c in text)


def left_alone(links: Links, queue: str, prefix: str = "bull") -> dict[str, int]:
    """How many jobs of a queue are not read: those that run there now, and those that wait for steps of theirs."""
    commands = (("LLEN", f"{prefix}:{queue}:active"), ("ZCARD", f"{prefix}:{queue}:waiting-children"))
    counts = [int(reply) for reply in links.run(*commands)]
    return {name: number for name, number in zip(LEFT_ALONE, counts, strict=True) if number}


def bull_jobs(links: Links, queue: str, prefix: str = "bull") -> Iterator[BullJob]:
    """The jobs of a queue that wait or are delayed, in the order in which they would run. Raises ConnectionLost."""
    base = f"{prefix}:{queue}"
    for list_ in WAITING:
        # A list is filled from the left and emptied from the right.
        ids = list(reversed(links.call("LRANGE", f"{base}:{list_}", 0, -1)))
        yield from _read(links, queue, base, [(id, 0) for id in ids if not id.startswith(MARKER)])
    for zset in ORDERED:
        flat = links.call("ZRANGE", f"{base}:{zset}", 0, -1, "WITHSCORES")
        pairs = zip(flat[::2], flat[1::2], strict=True)
        due = [(id, int(float(score)) // DUE_SHIFT if zset == "delayed" else 0) for id, score in pairs]
        yield from _read(links, queue, base, [(id, at) for id, at in due if not id.startswith(MARKER)])


def _read(links: Links, queue: str, base: str, due: list[tuple[str, int]]) -> Iterator[BullJob]:
    for start in range(0, len(due), PAGE):
        part = due[start : start + PAGE]
        replies = links.run(*[("HGETALL", f"{base}:{id}") for id, _ in part])
        for (id, due_ms), reply in zip(part, replies, strict=True):
            fields = reply if isinstance(reply, dict) else dict(zip(reply[::2], reply[1::2], strict=True))
            if fields:  # else it was taken while we read
                yield bull_job(queue, id, due_ms, fields)


def bull_job(queue: str, id: str, due_ms: int, fields: dict[str, str]) -> BullJob:
    """The job of a hash."""
    damaged, data = "", None
    opts: Any = None
    try:
        data, opts = json.loads(fields.get("data", "{}")), json.loads(fields.get("opts", "{}"))
    except ValueError as error:
        damaged = f"its data or options are no JSON: {error}"
    opts = opts if isinstance(opts, dict) else {}
    return BullJob(
        queue,
        id,
        fields.get("name", "__default__"),
        data,
        opts,
        _number(fields.get("timestamp")),
        due_ms,
        _number(fields.get("atm") or fields.get("attemptsMade")),
        step="parentKey" in fields,
        repeated="rjk" in fields or id.startswith("repeat:") or "repeat" in opts,
        damaged=damaged,
    )


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0
