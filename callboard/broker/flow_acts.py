"""What may be done to all jobs of a flow: cancel those that have not ended, run those again that did not complete."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from callboard.broker.client import Client
from callboard.broker.errors import FlowMissing
from callboard.broker.store import FlowStatus, Store
from callboard.jobs.states import CANCELLED, FAILED, LIVE

BATCH: Final = 250


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
    ids = [*_in_states(store, known_flow(store, id).members, LIVE)]
    return _done(ids[::-1], lambda batch: client.cancel(*batch), ("CANCELLED", "CANCELLING"))


def resume_flow(store: Store, client: Client, id: str) -> int:
    """Run the jobs of a flow again at which it broke; how many that were. Raises FlowMissing.

    These failed or were cancelled, and all before them have completed; what was skipped because of them waits for them
    again. A step that somebody cancelled behind them stays cancelled.
    """
    members = known_flow(store, id).members
    broken = set(_in_states(store, members, (FAILED, CANCELLED)))
    behind = _behind(edges_of(store, members), broken)
    return _done([job for job in members if job in broken - behind], lambda batch: client.rerun(*batch), ("WAITING",))


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


def _in_states(store: Store, members: Sequence[str], states: Sequence[str]) -> Iterator[str]:
    for start in range(0, len(members), BATCH):
        yield from (job.id for job in store.find_many(members[start : start + BATCH]) if job and job.state in states)


def _done(ids: Sequence[str], act: Callable[[Sequence[str]], list[str]], good: tuple[str, ...]) -> int:
    batches = (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
    return sum(answer in good for batch in batches for answer in act(batch))
