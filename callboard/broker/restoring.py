"""The verbs that bring Redis back to what the history holds: write again, conclude, build flows again, tell again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from callboard.broker.link import Links, text_list
from callboard.broker.scripts import bind
from callboard.jobs.states import ACTIVE, BLOCKED, CANCELLED, DELAYED, FINAL

RESTORE: Final = bind("restore", "jobs*")
RESTORE_FLOW: Final = bind("restore_flow", "flow", "about", "nodes*")
CONCLUDE: Final = bind("conclude", "jobs*")
TELL_AGAIN: Final = bind("tell_again", "jobs*")

# What was lost may have been started, and told of, more often than the history knows: a worker that still holds it
# must not quote a fence that is given out again, and nobody may take the events to come for old ones.
LEAP: Final = 1_000
BATCH: Final = 250
BATCH_BYTES: Final = 4_000_000
DROPPED: Final = ("worker", "progress", "result", "finished_ms", "blocked_by", "cancel")
PLAIN_REASONS: Final = {DELAYED: {"reason": "scheduled"}, BLOCKED: {"reason": "blocked_by"}}
Record = Mapping[str, str]
pack = msgspec.msgpack.encode


@dataclass(frozen=True, slots=True)
class LostNode:
    """A node of a flow: its record if it is a live step, its edges with their policies, whose results it is handed."""

    id: str
    record: Record | None
    edges: tuple[tuple[str, str], ...]
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LostFlow:
    """A flow as it was recorded; the nodes are in the order of its plan."""

    id: str
    about: Record
    nodes: tuple[LostNode, ...]


def comeback(record: Record, now_ms: int) -> dict[str, str]:
    """The record with which a lost job comes back: one that was to be cancelled while it ran is cancelled."""
    if record["state"] in FINAL:
        return ended(record)
    kept = {name: value for name, value in record.items() if name not in DROPPED}
    kept |= {name: str(int(record.get(name, 0)) + LEAP) for name in ("version", "fence")}
    if kept.get("reason") == "in_doubt":  # written over the reason it had
        del kept["reason"]
        kept |= PLAIN_REASONS.get(record["state"], {})
    if record["state"] == ACTIVE and "cancel" in record:
        kept |= {"state": CANCELLED, "finished_ms": str(now_ms)}
    return kept


def ended(record: Record) -> dict[str, str]:
    """The record of a job that has finished; of one of which no more than that was recorded, somehow and somewhen."""
    return {"finished_ms": record["enqueued_ms"], **record}


class Restorer:
    """These verbs, over the connections of this process; all of them may be repeated."""

    def __init__(self, links: Links) -> None:
        self.links = links

    def restore(self, jobs: Mapping[str, Record], now_ms: int) -> dict[str, str]:
        """Write lost jobs again; for each `RESTORED`, its state where it exists, or `HELD` by its unique key.

        Raises StoreFull or ConnectionLost; batches before the one that failed are written.
        """
        packed = ((id, pack(comeback(record, now_ms))) for id, record in jobs.items())
        return self._in_batches(RESTORE.name, packed)

    def restore_flow(self, flow: LostFlow, now_ms: int) -> tuple[str, int]:
        """Build a flow again; its state, and how many of its live steps were written. Its finished ones come before.

        Raises StoreFull or ConnectionLost.
        """
        nodes: list[str | bytes] = []
        for node in flow.nodes:
            fields = pack(comeback(node.record, now_ms)) if node.record else b""
            edges = [word for edge in node.edges for word in edge]
            nodes += [node.id, fields, pack(edges), pack(node.parents)]
        reply = self.links.call(*self.links.script(RESTORE_FLOW.name, flow.id, pack(dict(flow.about)), *nodes))
        return str(reply[0]), int(reply[1])

    def conclude(self, jobs: Mapping[str, Record]) -> dict[str, str]:
        """End jobs that have finished in the history; for each `CONCLUDED`, its state, `NEWER` or `MISSING`.

        Steps of a flow must come in such an order that none comes before one that needs it: else that one is freed.
        """
        packed = ((id, int(record["version"]), pack(ended(record))) for id, record in jobs.items())
        return self._in_batches(CONCLUDE.name, packed)

    def tell_again(self, jobs: Iterable[tuple[str, int, int]]) -> dict[str, str]:
        """Have jobs recorded as they are: of each its id, the version and the fence that the history holds."""
        return self._in_batches(TELL_AGAIN.name, ((id, version, fence + LEAP) for id, version, fence in jobs))

    def _in_batches(self, verb: str, jobs: Iterable[tuple[str | bytes | int, ...]]) -> dict[str, str]:
        replies: dict[str, str] = {}
        for batch in _batches(jobs):
            arguments = [value for job in batch for value in job]
            answers = text_list(self.links.call(*self.links.script(verb, *arguments)))
            replies |= zip((str(job[0]) for job in batch), answers, strict=True)
        return replies


def _batches(
    jobs: Iterable[tuple[str | bytes | int, ...]],
) -> Iterator[list[tuple[str | bytes | int, ...]]]:
    """Jobs in batches that are bounded in number and in bytes."""
    batch: list[tuple[str | bytes | int, ...]] = []
    size = 0
    for job in jobs:
        batch.append(job)
        size += sum(len(value) for value in job if isinstance(value, bytes))
        if len(batch) == BATCH or size > BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
