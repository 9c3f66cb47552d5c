"""Workers and queues: who works, what waits and for how long, what runs for too long, what needs attention."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from callboard.broker.keys import ACTIVE
from callboard.broker.presence import there
from callboard.broker.store import Store
from callboard.history.database import reading
from callboard.jobs import states
from research.health.check import Check, Place, judged
from research.notifications.attention import attention
from research.notifications.finding import Scene
from research.notifications.queue_conditions import oldest_wait_ms
from research.notifications.words import counted

# What a job may run over its time limit before it counts as stuck, and how long one without a limit may run.
GRACE_MS: Final = 120_000
UNLIMITED_MS: Final = 24 * 3_600_000
LOOKED_AT: Final = 100
NAMED: Final = 3


def workers(place: Place) -> Iterator[Check]:
    """The workers that run."""
    running = [worker for worker in place.store.workers() if there(worker)]
    slots = sum(int(worker.about.get("threads") or 0) for worker in running)
    yield judged("workers", f"{len(running)} with {slots} slots", "start some: callboard worker", fail=not running)


def unserved(place: Place) -> Iterator[Check]:
    """Queues in which jobs wait and that no worker serves, or that are paused."""
    store = place.store
    served = {name for worker in store.workers() if there(worker) for name in worker.about.get("queues", ())}
    waiting = [queue for name in store.queues() if (queue := store.queue(name)).counts[states.WAITING]]
    paused = [queue.name for queue in waiting if queue.paused]
    alone = [queue.name for queue in waiting if not queue.paused and queue.name not in served]
    stuck = ", ".join([*alone, *paused])
    fix = "resume them: callboard queues resume NAME; or serve them: callboard worker -q NAME"
    found = f"stuck in {stuck}" if stuck else "all queues are served"
    yield judged("waiting jobs", found, fix, warn=bool(paused), fail=bool(alone))


def stuck(place: Place) -> Iterator[Check]:
    """Jobs that run for longer than they may."""
    store, now_ms = place.store, place.store.now_ms()
    found = [id for queue in store.queues() for id in _overdue(store, queue, now_ms)]
    words = f"{counted(len(found), 'job')} run over their time limit: {', '.join(found[:NAMED])}" if found else "none"
    yield judged(
        "stuck jobs", words, "look at them: callboard show ID; and stop them: callboard cancel ID", warn=bool(found)
    )


def _overdue(store: Store, queue: str, now_ms: int) -> list[str]:
    """Of the jobs of a queue that run for the longest, those that should be over."""
    reply = store.links.call("ZRANGE", ACTIVE(store.prefix, queue), 0, LOOKED_AT - 1, "WITHSCORES")
    began = {id: int(float(score)) for id, score in zip(reply[::2], reply[1::2], strict=True)}
    old = [id for id, at in began.items() if now_ms - at > GRACE_MS]
    jobs = [job for job in store.find_many(old) if job]
    return [job.id for job in jobs if now_ms - began[job.id] > (job.timeout_ms or UNLIMITED_MS) + GRACE_MS]


def conditions(place: Place) -> Iterator[Check]:
    """The conditions of which administrators are told: backlogs, failure rates, schedules, budget, webhooks."""
    found = attention(place.store, place.engine)
    causes = "; ".join(finding.cause for finding in found[:NAMED])
    more = f"; and {len(found) - NAMED} more" if len(found) > NAMED else ""
    advice = found[0].advice if found else ""
    yield judged("conditions", causes + more or "none holds", advice, warn=bool(found))


def queue_numbers(place: Place) -> dict[str, dict[str, Any]]:
    """All queues: counts, whether paused, how many workers serve them, how long the oldest waiting job waits, ms."""
    store, now_ms, found = place.store, place.store.now_ms(), {}
    serving = Counter(name for worker in store.workers() if there(worker) for name in worker.about.get("queues", ()))
    with reading(place.engine) as session:
        scene = Scene(store, session, {}, now_ms)
        for name in store.queues():
            queue = store.queue(name)
            oldest_ms = oldest_wait_ms(scene, name) if queue.counts[states.WAITING] else 0
            about = {"paused": queue.paused, "workers": serving[name], "oldest_wait_ms": oldest_ms}
            found[name] = {**queue.counts, **about}
    return found
