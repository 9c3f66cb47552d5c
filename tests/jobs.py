"""Jobs in any state for the tests: each is brought there by the verbs, so that no test invents an impossible one."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from callboard.broker import keys
from callboard.broker.client import Client
from callboard.broker.control import Control
from callboard.broker.link import Links
from callboard.broker.scripts import Scripts
from callboard.broker.store import Store
from callboard.broker.stream import Event, Stream
from callboard.jobs.call import Call
from callboard.jobs.flow import Part, Plan, chain, plan
from callboard.jobs.policy import Policy, Retry
from callboard.jobs.record import Job

START_MS = 1_700_000_000_000
LEASE_MS = 10_000
POLICY_OPTIONS = frozenset(("priority", "limits", "fairness", "unique", "timeout", "retry", "isolated", "memory_mb"))
tokens = itertools.count(1)


@cache
def held_scripts() -> Scripts:
    """The scripts as tests use them: their clock stands still until it is moved."""
    return Scripts(held_clock=True)


def make_call(queue: str = "default", type: str = "add", *, attempts: int = 3, **options: Any) -> Call:
    """A call; options of the policy and of the call may be mixed."""
    policy = {name: options.pop(name) for name in POLICY_OPTIONS & options.keys()}
    policy.setdefault("retry", Retry(attempts=attempts, first=1.0, at_most=1.0, jitter="none"))
    return Call(type, queue, policy=Policy(**policy), **options)


@dataclass(frozen=True, slots=True)
class Taken:
    """A job as a worker has been handed it."""

    id: str
    fence: int
    attempt: int
    fields: dict[str, str]


class Worker:
    """What a worker process asks of the server, one call at a time: the test decides when, and when it dies."""

    def __init__(self, links: Links, *queues: str, name: str = "worker-1") -> None:
        self.links = links
        self.name = name
        self.queues = queues or ("default",)
        self.next_ms = -1

    def say(self, verb: str, *arguments: str | int) -> Any:
        """The reply to a verb."""
        return self.links.call(*self.links.script(verb, *arguments))

    def fetch(self, free: int = 1, *, ahead: int = 0, token: str | None = None) -> list[Taken]:
        """Jobs to run; `next_ms` then tells when the next one may be ready."""
        token = token or f"token-{next(tokens)}"
        self.next_ms, *jobs = self.say("fetch", self.name, token, LEASE_MS, free, ahead, *self.queues)
        return [Taken(id, fence, number, pairs(flat)) for id, fence, number, flat in jobs]

    def take(self) -> Taken:
        """The one job that is there to run."""
        (job,) = self.fetch()
        return job

    def complete(self, *jobs: Taken, result: Any = None) -> list[str]:
        """The bodies returned."""
        return self._tell("complete", jobs, json.dumps(result))

    def retry(self, *jobs: Taken, delay_ms: int = 1000, crash: bool = False) -> list[str]:
        """The attempts failed and others follow."""
        return self._tell("retry", jobs, delay_ms, int(crash), failure("transient"))

    def fail(self, *jobs: Taken) -> list[str]:
        """The attempts failed for good."""
        return self._tell("fail", jobs, failure("permanent"))

    def release(self, *jobs: Taken, delay_ms: int = 0, reason: str = "", park: str = "") -> list[str]:
        """The jobs are handed back."""
        return self._tell("release", jobs, delay_ms, reason, park)

    def abandon(self, *jobs: Taken) -> list[str]:
        """The bodies stopped because their jobs were cancelled."""
        return self._tell("abandon", jobs)

    def _tell(self, verb: str, jobs: tuple[Taken, ...], *rest: str | int) -> list[str]:
        replies: list[str] = self.say(verb, *(value for job in jobs for value in (job.id, job.fence, *rest)))
        return replies

    def renew(self, *jobs: Taken) -> list[str]:
        """Renew the leases; what was lost and what is to be cancelled."""
        notices: list[str] = self.say(
            "renew", self.name, LEASE_MS, "", "", *(v for job in jobs for v in (job.id, job.fence))
        )
        return notices

    def rescue(self, max_crashes: int = 3, count: int = 100) -> int:
        """Take in what dead workers held; how many that were."""
        return int(self.say("rescue", max_crashes, count)[0])

    def settle(self) -> None:
        """Go on until no finished step is left to be told to its dependants."""
        while self.say("settle", 500):
            pass

    def run_all(self, result: Any = None, free: int = 100) -> list[str]:
        """Fetch and complete until nothing is ready; the ids in the order in which they were handed out."""
        ids: list[str] = []
        while jobs := self.fetch(free):
            self.complete(*jobs, result=result)
            self.settle()
            ids += [job.id for job in jobs]
        return ids


def pairs(flat: list[str]) -> dict[str, str]:
    """Names and values in turn, as a dict."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def failure(error_class: str, message: str = "the disk is on fire") -> str:
    """What a worker writes of an exception."""
    return json.dumps({"class": error_class, "type": "OSError", "message": message, "traceback": ""})


class Board:
    """All that a test needs of one prefix: the verbs, the reads, the events, and a clock that it moves itself."""

    def __init__(self, url: str, prefix: str) -> None:
        self.links = Links(url, held_scripts(), prefix)
        self.prefix = prefix
        self.client = Client(self.links)
        self.control = Control(self.links)
        self.store = Store(self.links)
        self.worker = Worker(self.links)
        self.now = START_MS
        self.advance(0)

    def advance(self, ms: int) -> int:
        """Let time pass; returns the time it is then."""
        self.now += ms
        self.links.call("SET", keys.HELD_CLOCK(self.prefix), self.now)
        return self.now

    def enqueue(self, queue: str = "default", **options: Any) -> str:
        """A new job of these options."""
        return self.client.enqueue(make_call(queue, **options))

    def enqueue_many(self, count: int, queue: str = "default", **options: Any) -> list[str]:
        """So many new jobs of these options."""
        return self.client.enqueue_many(make_call(queue, **options) for _ in range(count))

    def start(self, part: Part, **options: Any) -> Plan:
        """A flow, started."""
        planned = plan(part, **options)
        self.client.start_flow(planned)
        return planned

    def hire(self, *queues: str, name: str) -> Worker:
        """Another worker."""
        return Worker(self.links, *queues, name=name)

    def job(self, id: str) -> Job:
        """The job with this id."""
        return self.store.get(id)

    def state(self, id: str) -> str:
        """The state of a job, `gone` where there is none."""
        job = self.store.find(id)
        return job.state if job else "gone"

    def states(self, *ids: str) -> list[str]:
        """The states of some jobs."""
        return [job.state if job else "gone" for job in self.store.find_many(ids)]

    def events(self, id: str | None = None) -> list[Event]:
        """What has happened so far, to one job or to all."""
        stream = Stream(self.links, "0-0")
        found: list[Event] = []
        while events := stream.read(block_ms=1):
            found += events
        stream.close()
        return [event for event in found if id in (None, event.job)]

    def told(self, id: str) -> list[tuple[str, int]]:
        """The events of a job with the versions that they carry."""
        return [(event.event, event.version) for event in self.events(id)]

    def token(self, queue: str = "default") -> bool:
        """Whether an idle worker of the queue would be woken; takes the token away."""
        return self.links.call("LPOP", keys.WAKE(self.prefix, queue)) is not None

    def quarantined(self) -> list[dict[str, str]]:
        """What was set aside."""
        return [json.loads(line) for line in self.links.call("LRANGE", keys.QUARANTINE(self.prefix), 0, -1)]

    def key(self, key: keys.Key, *parts: str) -> str:
        """The full name of a key."""
        return key(self.prefix, *parts)

    def close(self) -> None:
        """Close the connections."""
        self.links.close()

    def job_in(self, state: str, queue: str = "default", **options: Any) -> str:
        """A job in this state, brought there by the verbs that lead to it."""
        return WALKS[state](self, queue, options)


def _waiting(board: Board, queue: str, options: dict[str, Any]) -> str:
    return board.enqueue(queue, **options)


def _delayed(board: Board, queue: str, options: dict[str, Any]) -> str:
    return board.enqueue(queue, **{"delay": 60.0, **options})


def _blocked(board: Board, queue: str, options: dict[str, Any]) -> str:
    first, second = make_call(f"{queue}-before"), make_call(queue, **options)
    board.start(chain(first, second))
    return second.id


def _taken(board: Board, queue: str, options: dict[str, Any]) -> tuple[Worker, Taken]:
    """A job that is active, with the worker that holds it; the queue must be empty before."""
    board.enqueue(queue, **options)
    worker = board.hire(queue, name=f"worker-of-{queue}")
    return worker, worker.take()


def _active(board: Board, queue: str, options: dict[str, Any]) -> str:
    return _taken(board, queue, options)[1].id


def _completed(board: Board, queue: str, options: dict[str, Any]) -> str:
    worker, job = _taken(board, queue, options)
    worker.complete(job, result={"rows": 3})
    return job.id


def _failed(board: Board, queue: str, options: dict[str, Any]) -> str:
    worker, job = _taken(board, queue, options)
    worker.fail(job)
    return job.id


def _cancelled(board: Board, queue: str, options: dict[str, Any]) -> str:
    id = board.enqueue(queue, **options)
    board.client.cancel(id)
    return id


WALKS = {
    "waiting": _waiting,
    "delayed": _delayed,
    "blocked": _blocked,
    "active": _active,
    "completed": _completed,
    "failed": _failed,
    "cancelled": _cancelled,
}
