"""The estimate of one job: from its progress while it runs, from place, slots and history while it waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from callboard.broker.line import types_in_line
from callboard.broker.store import QueueStatus, Store
from callboard.history.durations import RecentDurations, Spread
from callboard.jobs.clock import from_ms, to_ms
from callboard.jobs.estimate import Estimate, left_by_history_ms, left_by_progress_ms, wait_ms
from callboard.jobs.record import Job
from callboard.jobs.states import ACTIVE, DELAYED, WAITING

# Of a long line so many are looked at, and stand for those behind them.
LOOKED_AT: Final = 200
RUNNING_MOST: Final = 100


def estimate(store: Store, history: RecentDurations | None, job: Job) -> Estimate:
    """When a job is expected to start and finish; without a history only what progress and due times tell.

    Costs some tens of reads of the server, however long the line is.
    """
    if job.state == ACTIVE:
        return _of_active(store.now_ms(), history, job)
    if job.state == DELAYED:
        return _of_delayed(history, job)
    return _of_waiting(store, history, job) if job.state == WAITING else Estimate()


def _of_active(now_ms: int, history: RecentDurations | None, job: Job) -> Estimate:
    by_progress = left_by_progress_ms(job.progress)
    left = _left_ms(now_ms, history, job)
    if left is None:
        return Estimate(starts_at=job.started_at)
    basis = "history" if by_progress is None else "progress"
    return Estimate(None, job.started_at, from_ms(round(now_ms + left)), basis)


def _of_delayed(history: RecentDurations | None, job: Job) -> Estimate:
    """Not before it is due; the line that it will find then is not known."""
    if job.due_at is None:
        return Estimate()
    run = _run(history, job.type)
    finishes_at = job.due_at + timedelta(milliseconds=run.p50_ms) if run else None
    return Estimate(None, job.due_at, finishes_at, "due")


def _of_waiting(store: Store, history: RecentDurations | None, job: Job) -> Estimate:
    place, why = store.place(job), store.why(job)
    reason, until = why or ("", None)
    if place is None or reason in ("paused", "no_worker"):
        return Estimate(place)
    queue, now_ms = store.queue(job.queue), store.now_ms()
    slots = slots_of(store, queue)
    wait = _wait_ms(store, history, queue, slots, place) if slots else None
    if wait is None:
        return Estimate(place)
    starts_ms = max(now_ms + wait, _by_rate_ms(queue, place, until, now_ms))
    run = _run(history, job.type)
    finishes_at = from_ms(round(starts_ms + run.p50_ms)) if run else None
    basis = "slots" if wait == 0 and run is None else "history" if history else "progress"
    return Estimate(place, from_ms(round(starts_ms)), finishes_at, basis)


def slots_of(store: Store, queue: QueueStatus) -> int:
    """How many jobs of a queue its workers may run at once: their threads, shared with other queues that wait too."""
    serving = [worker.about for worker in store.workers() if queue.name in worker.about.get("queues", ())]
    others = {name for about in serving for name in about["queues"]} - {queue.name}
    busy = {name for name in others if store.counts(name)[WAITING]}
    share = sum(int(about.get("threads") or 0) / (1 + len(busy & set(about["queues"]))) for about in serving)
    slots = max(1, int(share)) if serving else 0
    return slots if queue.concurrency is None else min(slots, queue.concurrency)


def _wait_ms(store: Store, history: RecentDurations | None, queue: QueueStatus, slots: int, place: int) -> float | None:
    """Milliseconds until a slot is free for the job at a place, None where nothing is known of those before it."""
    now_ms = store.now_ms()
    active = store.page(queue.name, ACTIVE, 0, RUNNING_MOST)
    if place + len(active) < slots:
        return 0.0
    runs = [_run(history, type) for type in types_in_line(store.links, queue.name, WAITING, min(place, LOOKED_AT))]
    known = [run.mean_ms for run in runs if run]
    # What is not known of one type is taken from the others; where nothing is known of any, nothing is said.
    usual = sum(known) / len(known) if known else None
    ahead = _filled([run.mean_ms if run else None for run in runs], usual)
    left = _filled([_left_or_over_ms(now_ms, history, job) for job in active], usual and usual / 2)
    if ahead is None or left is None:
        return None
    further = (place - len(ahead)) * sum(ahead) / len(ahead) if ahead else 0.0
    return wait_ms(slots, left, ahead, further)


def _filled(values: Sequence[float | None], usual: float | None) -> list[float] | None:
    """The values, the usual one for each that is not known; None where there is none to take."""
    if usual is None and any(value is None for value in values):
        return None
    return [(usual or 0.0) if value is None else value for value in values]


def _left_or_over_ms(now_ms: int, history: RecentDurations | None, job: Job) -> float | None:
    """What a running job needs yet; nothing for one that has outrun all others of its type: it may end any moment."""
    left = _left_ms(now_ms, history, job)
    return 0.0 if left is None and _run(history, job.type) else left


def _left_ms(now_ms: int, history: RecentDurations | None, job: Job) -> float | None:
    by_progress, run = left_by_progress_ms(job.progress), _run(history, job.type)
    if by_progress is not None or run is None or job.started_at is None:
        return by_progress
    return left_by_history_ms(now_ms - to_ms(job.started_at), (run.p50_ms, run.p95_ms, run.p99_ms))


def _run(history: RecentDurations | None, type: str) -> Spread | None:
    return history.of(type).run if history else None


def _by_rate_ms(queue: QueueStatus, place: int, until: datetime | None, now_ms: int) -> float:
    """The earliest start that the rate of a queue allows to the job at a place."""
    if not (queue.rate_count and queue.rate_per_ms):
        return now_ms
    return (to_ms(until) if until else now_ms) + place // queue.rate_count * queue.rate_per_ms
