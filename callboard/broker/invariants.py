"""Promise 1, checked: each job is in exactly one state set of its queue, and everything else agrees with its record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from callboard.broker.keys import (
    DUE,
    FLOW,
    JOB,
    LEASES,
    LIMIT_ACTIVE,
    NEEDS,
    OPEN,
    PARKED,
    QUEUES,
    READY,
    STATE_KEYS,
    UNIQUE,
)
from callboard.broker.link import Links
from callboard.jobs.states import ACTIVE, BLOCKED, DELAYED, FINAL, STATES, WAITING

Records = dict[str, dict[str, str]]


class _Snapshot:
    """All state sets and records as they are; meant for a store at rest, for it reads them one by one."""

    def __init__(self, links: Links) -> None:
        self.links, self.prefix = links, links.prefix
        self.queues: list[str] = sorted(links.call("SMEMBERS", QUEUES(self.prefix)))
        self.sets = {
            (q, s): list(links.call("ZRANGE", STATE_KEYS[s](self.prefix, q), 0, -1))
            for q in self.queues
            for s in STATES
        }
        self.records = self._records()

    def _records(self) -> Records:
        start = JOB(self.prefix, "")
        names = [name for name in _scan(self.links, start + "*") if ":" not in name[len(start) :] and "#" not in name]
        records: Records = {}
        for i in range(0, len(names), 500):
            batch = names[i : i + 500]
            for name, flat in zip(batch, self.links.run(*[("HGETALL", n) for n in batch]), strict=True):
                records[name[len(start) :]] = (
                    flat if isinstance(flat, dict) else dict(zip(flat[::2], flat[1::2], strict=True))
                )
        return records


def _scan(links: Links, pattern: str) -> Iterator[str]:
    cursor = "0"
    while True:
        cursor, names = links.call("SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
        yield from names
        if str(cursor) == "0":
            return


def check(links: Links) -> list[str]:
    """What is wrong, a sentence each; empty when all invariants hold. Reads every job: for tests and doctors."""
    snapshot = _Snapshot(links)
    return [*_states(snapshot), *_leases(snapshot), *_lines(snapshot), *_ties(snapshot), *_flows(snapshot)]


def _states(snapshot: _Snapshot) -> Iterator[str]:
    homes: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for place, ids in snapshot.sets.items():
        for id in ids:
            homes[id].append(place)
    for id, record in snapshot.records.items():
        told = (record.get("queue", ""), record.get("state", ""))
        if homes.get(id, []) != [told]:
            yield f"job {id} says {told}, but is in {homes.get(id, [])}"
    for id in homes.keys() - snapshot.records.keys():
        yield f"job {id} is in {homes[id]} without a record"


def _leases(snapshot: _Snapshot) -> Iterator[str]:
    active = {id for (_, state), ids in snapshot.sets.items() if state == ACTIVE for id in ids}
    leases = set(snapshot.links.call("ZRANGE", LEASES(snapshot.prefix), 0, -1))
    yield from (f"job {id} is active without a lease" for id in active - leases)
    yield from (f"job {id} has a lease and is not active" for id in leases - active)


def _lines(snapshot: _Snapshot) -> Iterator[str]:
    ready = set(snapshot.links.call("SMEMBERS", READY(snapshot.prefix)))
    flat = snapshot.links.call("ZRANGE", DUE(snapshot.prefix), 0, -1, "WITHSCORES")
    due = {queue: float(score) for queue, score in zip(flat[::2], flat[1::2], strict=True)}
    for queue in snapshot.queues:
        if snapshot.sets[queue, WAITING] and queue not in ready:
            yield f"jobs wait in {queue}, which is not among the ready queues"
        head = snapshot.links.call("ZRANGE", STATE_KEYS[DELAYED](snapshot.prefix, queue), 0, 0, "WITHSCORES")
        if head and due.get(queue) != float(head[1]):
            yield f"the earliest delayed job of {queue} is due at {head[1]}, the queue is noted for {due.get(queue)}"
        if not head and queue in due:
            yield f"queue {queue} is noted as due and has no delayed job"


def _ties(snapshot: _Snapshot) -> Iterator[str]:
    yield from _unique_keys(snapshot)
    for kind, command, state in ((LIMIT_ACTIVE, ("SMEMBERS",), ACTIVE), (PARKED, ("ZRANGE", 0, -1), DELAYED)):
        for name in _scan(snapshot.links, kind(snapshot.prefix, "*")):
            for id in snapshot.links.call(command[0], name, *command[1:]):
                if snapshot.records.get(id, {}).get("state") != state:
                    yield f"job {id} is in {name} and not {state}"


def _unique_keys(snapshot: _Snapshot) -> Iterator[str]:
    for name in _scan(snapshot.links, UNIQUE(snapshot.prefix, "*")):
        holder = snapshot.records.get(snapshot.links.call("GET", name) or "", {})
        if holder.get("state") in {*FINAL, None}:
            yield f"{name} is held by a job that is not live"


def _flows(snapshot: _Snapshot) -> Iterator[str]:
    links, prefix, records = snapshot.links, snapshot.prefix, snapshot.records
    for id, record in records.items():
        blocked = record.get("state") == BLOCKED
        needs = links.call("SMEMBERS", NEEDS(prefix, id)) if blocked or record.get("flow") else []
        if blocked and not needs and record.get("step") != "on_failure" and record.get("reason") != "approval":
            yield f"job {id} is blocked and needs nothing"
        if needs and not blocked:
            yield f"job {id} is {record.get('state')} and still needs {sorted(needs)}"
    for flow in {record["flow"] for record in records.values() if record.get("flow")}:
        open_steps = set(links.call("SMEMBERS", OPEN(prefix, flow)))
        live = {
            i
            for i, r in records.items()
            if r.get("flow") == flow and r.get("state") not in FINAL and r.get("step") != "on_failure"
        }
        if open_steps != live:
            yield f"flow {flow} has {len(open_steps)} open steps, {len(live)} of its jobs are not finished"
        state = links.call("HGET", FLOW(prefix, flow), "state")
        if state and (state == "active") != bool(open_steps):
            yield f"flow {flow} is {state} with {len(open_steps)} open steps"
