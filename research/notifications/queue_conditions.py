"""What may be wrong with queues: nobody serves them, too much waits, they were paused and forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from callboard.broker.keys import JOB, WAITING
from callboard.broker.store import QueueStatus
from callboard.jobs import states
from research.notifications.finding import Finding, Scene
from research.notifications.words import counted, lasted

# The oldest job need not be the next one, for priorities and fairness move others ahead; it is among the next few.
LOOKED_AT: Final = 50


def queue_findings(scene: Scene) -> Iterator[Finding]:
    """All that is wrong with queues."""
    served = {queue for worker in scene.store.workers() for queue in worker.about.get("queues", ())}
    for name in scene.store.queues():
        queue = scene.store.queue(name)
        if not queue.counts[states.WAITING]:
            continue
        if queue.paused:
            yield _paused(queue)
        elif name not in served:
            yield _no_workers(queue)
        else:
            yield from _backlog(scene, queue)


def _no_workers(queue: QueueStatus) -> Finding:
    waiting = queue.counts[states.WAITING]
    cause = f"{counted(waiting, 'job')} wait in {queue.name} and no worker serves it"
    advice = f"start one: callboard worker -q {queue.name}"
    return Finding("no_workers", queue.name, waiting, cause, advice, query=_waiting(queue))


def _paused(queue: QueueStatus) -> Finding:
    waiting = queue.counts[states.WAITING]
    cause = f"{counted(waiting, 'job')} wait in {queue.name}, which is paused"
    advice = f"let it go on: callboard queues resume {queue.name}"
    return Finding("paused", queue.name, waiting, cause, advice, query=_waiting(queue))


def _backlog(scene: Scene, queue: QueueStatus) -> Iterator[Finding]:
    waiting, most = queue.counts[states.WAITING], scene.number("backlog", "waiting")
    age_ms, longest_ms = oldest_wait_ms(scene, queue.name), scene.number("backlog", "oldest_s") * 1000
    words = []
    if waiting > most:
        words.append(f"more than {most:,.0f}")
    if age_ms > longest_ms:
        words.append(f"the oldest for {lasted(age_ms)}")
    if words:
        cause = f"{counted(waiting, 'job')} wait in {queue.name}: {', '.join(words)}"
        advice = f"add workers, or raise its limits: callboard queues show {queue.name}"
        yield Finding("backlog", queue.name, waiting, cause, advice, query=_waiting(queue))


def _waiting(queue: QueueStatus) -> str:
    return f"queue:{queue.name} state:waiting"


def oldest_wait_ms(scene: Scene, queue: str) -> int:
    """How long the oldest of the next jobs of a queue has been ready to run."""
    links = scene.links
    ids = links.call("ZRANGE", WAITING(links.prefix, queue), 0, LOOKED_AT - 1)
    if not ids:
        return 0
    times = links.run(*[("HMGET", JOB(links.prefix, id), "enqueued_ms", "ready_ms") for id in ids])
    ready = [max(int(value or 0) for value in pair) for pair in times]
    return max([scene.now_ms - at for at in ready if at], default=0)
