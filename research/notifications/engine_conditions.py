"""What may be wrong with the engine itself: stuck jobs, a server that is nearly full, a recorder that lags."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sqlalchemy import select

from callboard.broker.gauges import stuck_jobs, unrecorded
from callboard.broker.keys import ACTIVE
from callboard.broker.startup import info
from callboard.history.models import FailureGroupRow, PositionRow
from research.notifications.finding import Finding, Scene
from research.notifications.words import counted, lasted

SHOWN_MOST: Final = 5


def stuck(scene: Scene) -> Iterator[Finding]:
    """Jobs that run on after their time, or that nobody has taken up after their worker was lost."""
    names = scene.store.queues()
    counts = scene.links.run(*[("ZCARD", ACTIVE(scene.links.prefix, name)) for name in names]) if names else []
    active = dict(zip(names, map(int, counts), strict=True))
    found: dict[str, list[str]] = {}
    for id, queue in stuck_jobs(scene.store, active, scene.now_ms).items():
        found.setdefault(queue, []).append(id)
    for queue, ids in found.items():
        cause = f"{counted(len(ids), 'job')} of {queue} run on after their time, or lost their worker"
        advice = "see whether they move; cancel those that do not: callboard cancel " + ids[0]
        yield Finding("stuck", queue, len(ids), cause, advice, query=f"id:{','.join(ids[:SHOWN_MOST])}")


def new_errors(scene: Scene) -> Iterator[Finding]:
    """Kinds of failure that were never seen before, and of which nobody has decided anything."""
    since_ms = scene.now_ms - scene.number("new_error", "window_s") * 1000
    least = scene.number("new_error", "least")
    fresh = select(FailureGroupRow).where(
        FailureGroupRow.last_ms >= since_ms,
        FailureGroupRow.first_ms >= since_ms,
        FailureGroupRow.status == "open",
        FailureGroupRow.failures >= least,
    )
    for row in scene.session.scalars(fresh.order_by(FailureGroupRow.failures.desc()).limit(SHOWN_MOST)):
        cause = f"{row.error_type} was never seen before, now {counted(row.failures, 'time')}"
        advice = f"see why: callboard errors show {row.fingerprint}"
        search = f"fingerprint:{row.fingerprint}"
        yield Finding("new_error", row.fingerprint, row.failures, cause, advice, since_ms=row.first_ms, query=search)


def server(scene: Scene) -> Iterator[Finding]:
    """A server that may forget keys, or that is nearly full."""
    memory = info(scene.links, "memory")
    policy, used, most = (memory.get(name, "") for name in ("maxmemory_policy", "used_memory", "maxmemory"))
    if policy and policy != "noeviction":
        cause = f"Redis may forget jobs when it is full: its policy is {policy}"
        yield Finding("server", "eviction", 1, cause, "set maxmemory-policy to noeviction")
    if used.isdecimal() and most.isdecimal() and int(most):
        share = int(used) / int(most)
        if share >= scene.number("server", "memory_share"):
            cause = f"Redis has used {share:.0%} of its memory; when it is full, no job is accepted"
            yield Finding("server", "memory", round(share * 100), cause, "give it more, or forget finished jobs sooner")


def recorder(scene: Scene) -> Iterator[Finding]:
    """Events that happened and are not in the history yet."""
    row = scene.session.get(PositionRow, scene.store.prefix)
    if row is None:
        return
    behind = unrecorded(scene.links, row.last_id, scene.now_ms)
    if behind.seconds >= scene.number("recorder", "behind_s"):
        cause = f"the history is {lasted(round(behind.seconds * 1000))} behind: {counted(behind.events, 'event')}"
        advice = "is a recorder running? start one: python -m callboard.history"
        yield Finding("recorder", "history", behind.events, cause, advice)
