"""What is measured of the live state beyond counts: how long the oldest job waits, what is stuck, how the server is."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from callboard.broker.keys import ACTIVE, EVENTS, JOB, LEASES, WAITING
from callboard.broker.link import Links
from callboard.broker.startup import info
from callboard.broker.store import Store
from callboard.broker.stream import place

# The oldest job need not be the next one, for priorities and fairness move others ahead; it is among the next few.
LOOKED_AT: Final = 20
# A lease that ran out is taken up within seconds, as long as any worker runs.
LEASE_GRACE_MS: Final = 30_000
TIME_GRACE_MS: Final = 120_000
UNLIMITED_MS: Final = 24 * 3_600_000
STUCK_MOST: Final = 200
COUNTED: Final = 1_000


@dataclass(frozen=True, slots=True)
class Server:
    """How the server is: bytes it uses, whether it keeps every key, and how long it took to say so, seconds."""

    memory: int
    noeviction: bool
    roundtrip: float


@dataclass(frozen=True, slots=True)
class Behind:
    """Events that are not recorded: how many, since when in seconds, and how many the stream holds in all."""

    events: int
    seconds: float
    length: int


def look_at_server(links: Links) -> Server:
    """One round trip, timed, and what the server says of its memory. Raises ConnectionLost."""
    began = time.perf_counter()
    links.call("PING")
    roundtrip = time.perf_counter() - began
    memory = info(links, "memory")
    return Server(int(memory.get("used_memory", 0)), memory.get("maxmemory_policy") == "noeviction", roundtrip)


def oldest_ready_ms(store: Store, queues: Iterable[str]) -> dict[str, int]:
    """For each queue in which jobs wait, since when the oldest of the next ones is ready to run."""
    names = list(queues)
    heads = _run(store, [("ZRANGE", WAITING(store.prefix, name), 0, LOOKED_AT - 1) for name in names])
    jobs = [(name, id) for name, head in zip(names, heads, strict=True) for id in head]
    times = _run(store, [("HMGET", JOB(store.prefix, id), "enqueued_ms", "ready_ms") for _, id in jobs])
    oldest: dict[str, int] = {}
    for (name, _), pair in zip(jobs, times, strict=True):
        ready = max(_whole(value) for value in pair)
        if ready:
            oldest[name] = min(ready, oldest.get(name, ready))
    return oldest


def stuck_jobs(store: Store, active: Mapping[str, int], now_ms: int) -> dict[str, str]:
    """Jobs, with their queues, that nobody has taken up after their lease ran out, or that run on after their time.

    `active` names the queues in which jobs run. A job without a time limit counts after a day.
    """
    late = store.links.call("ZRANGE", LEASES(store.prefix), 0, STUCK_MOST - 1, "WITHSCORES")
    lost = [id for id, until in _pairs(late) if until < now_ms - LEASE_GRACE_MS]
    names = [name for name, number in active.items() if number]
    reads = [("ZRANGE", ACTIVE(store.prefix, name), 0, STUCK_MOST - 1, "WITHSCORES") for name in names]
    began = {id: at for reply in _run(store, reads) for id, at in _pairs(reply) if at < now_ms - TIME_GRACE_MS}
    jobs = [job for job in store.find_many([*dict.fromkeys([*lost, *began])]) if job]
    return {job.id: job.queue for job in jobs if job.id in lost or _ran_over(began[job.id], job.timeout_ms, now_ms)}


def _ran_over(began_ms: int, timeout_ms: int | None, now_ms: int) -> bool:
    return now_ms - began_ms > (timeout_ms or UNLIMITED_MS) + TIME_GRACE_MS


def unrecorded(links: Links, last_id: str, now_ms: int) -> Behind:
    """What is in the stream after the last recorded event; beyond a thousand, estimated from the times of events.

    Raises ConnectionLost.
    """
    key = EVENTS(links.prefix)
    length, after, first, newest = links.run(
        ("XLEN", key),
        ("XRANGE", key, f"({last_id}", "+", "COUNT", COUNTED),
        ("XRANGE", key, "-", "+", "COUNT", 1),
        ("XREVRANGE", key, "+", "-", "COUNT", 1),
    )
    if not after:
        return Behind(0, 0.0, int(length))
    (oldest, _), (left, _), (end, _) = place(first[0][0]), place(after[0][0]), place(newest[0][0])
    number = len(after)
    if number == COUNTED:
        number = max(number, round(int(length) * (end - left) / max(1, end - oldest)))
    return Behind(number, max(0.0, (now_ms - left) / 1000), int(length))


def _run(store: Store, reads: list[Any]) -> list[Any]:
    return store.links.run(*reads) if reads else []


def _pairs(reply: list[Any]) -> list[tuple[str, int]]:
    return [(id, int(float(score))) for id, score in zip(reply[::2], reply[1::2], strict=True)]


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0
