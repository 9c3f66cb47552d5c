"""What may be done to a flow: cancelled, resumed, a step of it approved, rejected or left out."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from callboard.broker.client import Client, require
from callboard.broker.errors import FlowMissing, NotPossible, StepMissing
from callboard.broker.link import Links
from callboard.broker.scripts import bind
from callboard.broker.store import FlowStatus, Store
from callboard.jobs.record import Job
from callboard.jobs.states import CANCELLED, FAILED, LIVE

APPROVE: Final = bind("approve", "id", "approval", "decided")
LEAVE_OUT: Final = bind("leave_out", "id", "decided")
BATCH: Final = 250
REFUSALS: Final = {
    "NOT_ASKED": "is not declared to wait for approval",
    "NOT_YET": "waits for steps before it",
    "NEEDED": "cannot be left out: its flow would fail without it",
}


def known_flow(store: Store, id: str) -> FlowStatus:
    """The flow of an id. Raises FlowMissing."""
    flow = store.flow(id)
    if flow is None:
        raise FlowMissing(f"flow {id[:100]} is unknown; it may have been forgotten after its retention time")
    return flow


def cancel_flow(store: Store, client: Client, id: str) -> int:
    """Cancel all jobs of a flow that have not ended, those that run are asked; how many that were. Raises FlowMissing.

    The last steps first, so that none begins because one before it has ended.
    """
    ids = [job.id for job in _in_states(store, known_flow(store, id).members, LIVE)]
    return _done(ids[::-1], lambda batch: client.cancel(*batch), ("CANCELLED", "CANCELLING"))


def resume_flow(store: Store, client: Client, id: str) -> int:
    """Run the jobs of a flow again at which it broke; how many that were. Raises FlowMissing.

    These failed or were cancelled, and all before them have completed; what was skipped because of them, or cancelled
    while it was blocked, waits for them again. A step that was left out stays so; one that was rejected is asked for.
    """
    flow = known_flow(store, id)
    members = [job for job in flow.members if job != flow.on_failure]
    broken = {job.id for job in _in_states(store, members, (FAILED, CANCELLED)) if not job.left_out}
    behind = _behind(edges_of(store, members), broken)
    return _done([job for job in members if job in broken - behind], lambda batch: client.rerun(*batch), ("WAITING",))


def find_step(store: Store, flow: str, step: str) -> Job:
    """The step of a flow with this name or id. Raises FlowMissing, StepMissing for none or several of the name."""
    members = [job for job in store.find_many(known_flow(store, flow).members) if job]
    found = [job for job in members if step in (job.id, job.step)]
    if len(found) == 1:
        return found[0]
    if found:
        raise StepMissing(f"of flow {flow}, {len(found)} steps are called {step[:100]}; give the id of one")
    near = get_close_matches(step, [job.step for job in members if job.step], 1)
    meant = f"; did you mean {near[0]}?" if near else ""
    raise StepMissing(f"flow {flow} has no step {step[:100]}{meant}")


def decide_step(links: Links, job: Job, *, approved: bool, by: str, note: str = "") -> None:
    """Let a step that waits for approval run, or cancel it: those after it go on by the policies of their edges.

    Raises NotPossible, JobMissing.
    """
    approval = "given" if approved else "refused"
    reply = links.call(*links.script(APPROVE.name, job.id, approval, _decided(links, by, note)))
    _require_done("approve" if approved else "reject", job, reply)


def leave_out_step(links: Links, job: Job, *, by: str, note: str = "") -> None:
    """Cancel a step that does not run yet, where all that comes after it can do without its result.

    Raises NotPossible, JobMissing.
    """
    _require_done("skip", job, links.call(*links.script(LEAVE_OUT.name, job.id, _decided(links, by, note))))


def _decided(links: Links, by: str, note: str) -> str:
    return json.dumps({"by": by, "note": note, "at_ms": links.now_ms()})


def _require_done(verb: str, job: Job, reply: str) -> None:
    if reply in REFUSALS:
        raise NotPossible(f"cannot {verb} step {job.step or job.id}: it {REFUSALS[reply]}", job.state)
    require(verb, job.id, reply, "DONE")


def _behind(edges: Mapping[str, Sequence[str]], heads: set[str]) -> set[str]:
    """All nodes that come after some."""
    found: set[str] = set()
    ask = [to for head in heads for to in edges.get(head, ())]
    while ask:
        found.update(ask)
        ask = [to for node in ask for to in edges.get(node, ()) if to not in found]
    return found


def edges_of(store: Store, jobs: Sequence[str]) -> dict[str, list[str]]:
    """For each job of a flow, and for each gate that is met on the way, the nodes that wait for it."""
    found: dict[str, list[str]] = {}
    ask = list(jobs)
    while ask:
        found |= store.dependants(ask)
        ask = list(dict.fromkeys(to for node in ask for to in found[node] if to not in found))
    return found


def _in_states(store: Store, members: Sequence[str], states: Sequence[str]) -> Iterator[Job]:
    for start in range(0, len(members), BATCH):
        found = store.find_many(members[start : start + BATCH])
        yield from (job for job in found if job and job.state in states)


def _done(ids: Sequence[str], act: Callable[[Sequence[str]], list[str]], good: tuple[str, ...]) -> int:
    batches = (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
    return sum(answer in good for batch in batches for answer in act(batch))
