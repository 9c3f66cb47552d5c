"""The read side: one job, pages of a state, counts, logs, places, workers, flows; nothing here changes anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from callboard.broker.errors import JobMissing, ResultMissing
from callboard.broker.keys import (
    ERRORS,
    EVENTS,
    FLOW,
    FLOWS,
    JOB,
    LOG,
    MEMBERS,
    NEXT,
    QUARANTINE,
    QUEUES,
    SETTINGS,
    STARTS,
    STATE_KEYS,
)
from callboard.broker.link import Links
from callboard.broker.presence import WorkerStatus, list_workers
from callboard.broker.readable import readable
from callboard.jobs.clock import from_ms
from callboard.jobs.record import Job, job_from_record
from callboard.jobs.states import ACTIVE, COMPLETED, DELAYED, STATES, WAITING

__all__ = ["FlowStatus", "QueueStatus", "Store", "WorkerStatus"]

SHARE: Final = 1_000
NEWEST_FIRST: Final = ("completed", "failed", "cancelled", "active")


@dataclass(frozen=True, slots=True)
class QueueStatus:
    """A queue as an operator sees it: its settings and how many jobs are in each state."""

    name: str
    counts: dict[str, int]
    paused: bool
    concurrency: int | None
    rate_count: int | None
    rate_per_ms: int | None


@dataclass(frozen=True, slots=True)
class FlowStatus:
    """A flow with the ids of its jobs in the order given."""

    id: str
    name: str
    state: str
    jobs: int
    members: list[str]
    started_at: datetime | None
    finished_at: datetime | None
    broken: str | None
    on_failure: str | None
    meta: dict[str, Any]


class Store:
    """Reads of the live state, over the connections of this process."""

    def __init__(self, links: Links) -> None:
        self.links = links

    @property
    def prefix(self) -> str:
        """What the keys begin with."""
        return self.links.prefix

    def find(self, id: str) -> Job | None:
        """The job with this id, None when Redis has none."""
        return self.find_many([id])[0]

    def get(self, id: str) -> Job:
        """The job with this id. Raises JobMissing."""
        job = self.find(id)
        if job is None:
            raise JobMissing(f"job {id} is unknown; it may have been forgotten after its retention time")
        return job

    def find_many(self, ids: Sequence[str]) -> list[Job | None]:
        """The jobs with these ids, None for each that is not there."""
        replies = self.links.run(*[("HGETALL", JOB(self.prefix, id)) for id in ids]) if ids else []
        records = [reply if isinstance(reply, dict) else _pairs(reply) for reply in replies]
        return [job_from_record(id, record) if record else None for id, record in zip(ids, records, strict=True)]

    def states(self, ids: Sequence[str]) -> list[tuple[str, str | None]]:
        """State and reason of each of some jobs that are there; nothing else of them is read."""
        shares = (ids[start : start + SHARE] for start in range(0, len(ids), SHARE))
        reads = ([("HMGET", JOB(self.prefix, id), "state", "reason") for id in share] for share in shares)
        replies = [reply for commands in reads for reply in self.links.run(*commands)]
        return [(state, reason) for state, reason in replies if state]

    def result(self, id: str) -> Any:
        """What the body returned. Raises JobMissing, or ResultMissing with the state while there is none."""
        job = self.get(id)
        if job.state != COMPLETED:
            raise ResultMissing(f"job {id} has no result: it is {job.state}", job.state)
        return job.result

    def page(self, queue: str, state: str, offset: int = 0, limit: int = 50) -> list[Job]:
        """Jobs of a queue in a state, in the order in which they will run, or newest first where they have run.

        Costs the same at any depth but for the logarithm of the size: no scan.
        """
        key = STATE_KEYS[state](self.prefix, queue)
        order = ("REV",) if state in NEWEST_FIRST else ()
        ids = self.links.call("ZRANGE", key, offset, offset + limit - 1, *order)
        return [job for job in self.find_many(ids) if job]

    def newest(self, states: Iterable[str], queues: Iterable[str], limit: int = 50) -> list[Job]:
        """The newest jobs of some states over some queues."""
        keys = [STATE_KEYS[state](self.prefix, queue) for queue in queues for state in states]
        replies = self.links.run(*[("ZRANGE", key, 0, limit - 1, "REV") for key in keys]) if keys else []
        ids = sorted({id for reply in replies for id in reply}, reverse=True)[:limit]
        return [job for job in self.find_many(ids) if job]

    def queues(self) -> list[str]:
        """The names of all queues that were ever used or set."""
        return sorted(self.links.call("SMEMBERS", QUEUES(self.prefix)))

    def counts(self, queue: str) -> dict[str, int]:
        """How many jobs of a queue are in each state."""
        replies = self.links.run(*[("ZCARD", STATE_KEYS[state](self.prefix, queue)) for state in STATES])
        return dict(zip(STATES, map(int, replies), strict=True))

    def queue(self, name: str) -> QueueStatus:
        """Settings and counts of one queue."""
        fields = ("paused", "concurrency", "rate_count", "rate_per_ms")
        paused, *limits = self.links.call("HMGET", SETTINGS(self.prefix, name), *fields)
        concurrency, count, per_ms = (int(value) if value else None for value in limits)
        return QueueStatus(name, self.counts(name), paused == "1", concurrency, count, per_ms)

    def place(self, job: Job) -> int | None:
        """How many jobs are before a waiting one in its queue, None when it does not wait."""
        if job.state != WAITING:
            return None
        rank = self.links.call("ZRANK", STATE_KEYS[WAITING](self.prefix, job.queue), job.id)
        return None if rank is None else int(rank)

    def why(self, job: Job) -> tuple[str, datetime | None] | None:
        """Why a job that is not final does not run, and until when if that is known."""
        if job.state == DELAYED:
            return job.reason or "scheduled", job.due_at
        if job.state == "blocked":
            return job.reason or "blocked_by", None
        if job.state != WAITING:
            return None
        queue = self.queue(job.queue)
        if queue.paused:
            return "paused", None
        if not any(worker.serves(job.queue) for worker in self.workers()):
            return "no_worker", None
        full = queue.concurrency is not None and queue.counts[ACTIVE] >= queue.concurrency
        until = self._next_start(queue)
        return ("limited", until) if full or until else None

    def _next_start(self, queue: QueueStatus) -> datetime | None:
        """When the rate of a queue allows a start again, None where it does now."""
        if not (queue.rate_count and queue.rate_per_ms):
            return None
        oldest = self.links.call("LINDEX", STARTS(self.prefix, queue.name), -queue.rate_count)
        free_ms = int(oldest or 0) + queue.rate_per_ms
        return from_ms(free_ms) if free_ms > self.now_ms() else None

    def errors(self, id: str) -> list[dict[str, Any]]:
        """What went wrong in the attempts of a job, oldest first: attempt, at_ms, failure."""
        return [readable(line) for line in self.links.call("LRANGE", ERRORS(self.prefix, id), 0, -1)]

    def errors_of(self, job: Job) -> list[dict[str, Any]]:
        """The same of a job that was just read: nothing is asked where its first run goes on or went well."""
        return [] if job.fence <= 1 and job.state in (ACTIVE, COMPLETED) else self.errors(job.id)

    def log(self, id: str, start: int = 0) -> list[dict[str, Any]]:
        """The lines that the body of a job logged, from number `start` on."""
        return [readable(line) for line in self.links.call("LRANGE", LOG(self.prefix, id), start, -1)]

    def workers(self) -> list[WorkerStatus]:
        """The worker processes whose lease has not run out, by the clock of the server."""
        return list_workers(self.links)

    def now_ms(self) -> int:
        """The server's clock."""
        return self.links.now_ms()

    def flow_ids(self, limit: int = 50) -> list[str]:
        """The newest flows."""
        return list(self.links.call("ZRANGE", FLOWS(self.prefix), 0, limit - 1, "REV"))

    def dependants(self, steps: Sequence[str]) -> dict[str, list[str]]:
        """For each of some steps or gates of a flow, the steps and gates that wait for it."""
        replies = self.links.run(*[("LRANGE", NEXT(self.prefix, step), 0, -1) for step in steps]) if steps else []
        edges = zip(steps, replies, strict=True)
        return {step: [edge.partition(" ")[0] for edge in reply] for step, reply in edges}

    def event_count(self) -> int:
        """How many events the stream holds."""
        return int(self.links.call("XLEN", EVENTS(self.prefix)))

    def quarantined(self) -> list[dict[str, Any]]:
        """Entries that were set aside because they were no jobs, newest first, with the reason."""
        return [readable(line) for line in self.links.call("LRANGE", QUARANTINE(self.prefix), 0, -1)]

    def flow(self, id: str) -> FlowStatus | None:
        """A flow with its members, None when Redis has none."""
        reply, members = self.links.run(("HGETALL", FLOW(self.prefix, id)), ("LRANGE", MEMBERS(self.prefix, id), 0, -1))
        value = reply if isinstance(reply, dict) else _pairs(reply)
        if not value:
            return None
        return FlowStatus(
            id=id,
            name=value.get("name", ""),
            state=value.get("state", ""),
            jobs=int(value.get("jobs", 0)),
            members=[member for member in members if "#" not in member],
            started_at=from_ms(value.get("started_ms")),
            finished_at=from_ms(value.get("finished_ms")),
            broken=value.get("broken"),
            on_failure=value.get("on_failure"),
            meta=readable(value.get("meta", "{}")),
        )


def _pairs(reply: Sequence[str]) -> dict[str, str]:
    return dict(zip(reply[::2], reply[1::2], strict=True))
