"""What the history is written from: the events after a place, and the records that they are about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from callboard.broker.control import TRIM_EVENTS
from callboard.broker.keys import EPOCH, ERRORS, EVENTS, FLOW, JOB, MEMBERS, NEXT, PARENTS, RECONCILED, RECORDED
from callboard.broker.link import Command, Links
from callboard.broker.scripts import bind
from callboard.broker.stream import Event, Stream
from callboard.jobs.encoding import NotJson, decode
from callboard.jobs.identity import new_id

MARK_RECORDED: Final = bind("mark_recorded", "id")
BATCH: Final = 2000
COUNTED: Final = 10_000
# Records come in shares, because each may be as large as its arguments and its result together.
SHARE: Final = 250
START: Final = "0-0"


@dataclass(frozen=True, slots=True)
class Entry:
    """The record of a job as it is now, empty where there is none, and what went wrong in its attempts."""

    record: dict[str, str] = field(default_factory=dict)
    errors: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class FlowEntry:
    """The record of a flow and, where asked for, its nodes in order with what each needs."""

    record: dict[str, str]
    graph: list[dict[str, Any]] | None = None


class Tape:
    """A reader of events and records, with a connection of its own for the waiting."""

    def __init__(self, links: Links, batch: int = BATCH) -> None:
        self.links = links
        self.stream = Stream(links, START, batch)

    def epoch(self) -> str:
        """The name of the data that Redis holds; another one after they were lost."""
        key = EPOCH(self.links.prefix)
        replies = self.links.run(("SET", key, new_id(), "NX"), ("GET", key))
        return str(replies[1])

    def new_epoch(self) -> str:
        """Give the data another name, because they are not those that were recorded under it."""
        name = new_id()
        self.links.call("SET", EPOCH(self.links.prefix), name)
        return name

    def begin_anew(self) -> None:
        """From now on nothing is forgotten before it is recorded again, and all is to be compared with the history."""
        self.mark_recorded(START)
        self.links.call("HDEL", RECONCILED(self.links.prefix), "epoch")

    def behind(self, after: str) -> int:
        """How many events come after an id; at most some ten thousand are counted."""
        key = EVENTS(self.links.prefix)
        length = int(self.links.call("XLEN", key))
        first = self.links.call("XRANGE", key, "-", "+", "COUNT", 1)
        if first and _place(first[0][0]) > _place(after):
            return length
        return min(length, len(self.links.call("XRANGE", key, f"({after}", "+", "COUNT", COUNTED)))

    def first_after(self, after: str) -> int | None:
        """When the first event after an id happened, ms; None where there is none."""
        first = self.links.call("XRANGE", EVENTS(self.links.prefix), f"({after}", "+", "COUNT", 1)
        return _place(first[0][0])[0] if first else None

    def read(self, after: str, block_ms: int) -> list[Event]:
        """The events after an id, waiting up to `block_ms` for the first. Raises ConnectionLost."""
        self.stream.after = after
        return self.stream.read(block_ms)

    def entries(self, ids: Iterable[str], failed: set[str]) -> dict[str, Entry]:
        """The records of jobs, with the errors of those that have failed."""
        wanted, found = list(ids), dict[str, Entry]()
        for start in range(0, len(wanted), SHARE):
            share = wanted[start : start + SHARE]
            records = self._hashes([JOB(self.links.prefix, id) for id in share])
            wrong = [id for id in share if id in failed]
            lists = self._run([("LRANGE", ERRORS(self.links.prefix, id), 0, -1) for id in wrong])
            errors = {id: tuple(map(_readable, lines)) for id, lines in zip(wrong, lists, strict=True)}
            for id, record in zip(share, records, strict=True):
                found[id] = Entry(record, errors.get(id, ()))
        return found

    def flow_entries(self, ids: Iterable[str], new: set[str]) -> dict[str, FlowEntry]:
        """The records of flows, with the graphs of new ones."""
        wanted = list(ids)
        records = self._hashes([FLOW(self.links.prefix, id) for id in wanted])
        return {
            id: FlowEntry(record, self._graph(id) if id in new and record else None)
            for id, record in zip(wanted, records, strict=True)
        }

    def mark_recorded(self, id: str) -> None:
        """Tell Redis up to which event the history holds what has happened."""
        self.links.call(*self.links.script(MARK_RECORDED.name, id))

    def recorded(self) -> str | None:
        """The mark that was left last, None where nobody has recorded these data."""
        mark = self.links.call("GET", RECORDED(self.links.prefix))
        return None if mark is None else str(mark)

    def trim(self) -> None:
        """Forget events that are recorded, but for the newest ones."""
        self.links.call(*self.links.script(TRIM_EVENTS.name))

    def close(self) -> None:
        """Close the connection."""
        self.stream.close()

    def _graph(self, flow: str) -> list[dict[str, Any]]:
        """The nodes of a flow in the order of its plan: id, needs with the policy of each edge, parents, gate."""
        prefix = self.links.prefix
        members: list[str] = self.links.call("LRANGE", MEMBERS(prefix, flow), 0, -1)
        nodes: dict[str, dict[str, Any]] = {id: {"id": id, "needs": [], "parents": []} for id in members}
        for start in range(0, len(members), SHARE):
            share = members[start : start + SHARE]
            nexts = self._run([("LRANGE", NEXT(prefix, id), 0, -1) for id in share])
            parents = self._run([("LRANGE", PARENTS(prefix, id), 0, -1) for id in share])
            for id, edges, before in zip(share, nexts, parents, strict=True):
                nodes[id].update(parents=before, gate="#" in id)
                for edge in edges:
                    child, _, policy = edge.partition(" ")
                    if child in nodes:
                        nodes[child]["needs"].append([id, policy])
        return list(nodes.values())

    def _run(self, commands: Sequence[Command]) -> list[Any]:
        return self.links.run(*commands) if commands else []

    def _hashes(self, keys: Sequence[str]) -> list[dict[str, str]]:
        replies = self._run([("HGETALL", key) for key in keys])
        return [
            reply if isinstance(reply, dict) else dict(zip(reply[::2], reply[1::2], strict=True)) for reply in replies
        ]


def precedes(one: str, other: str) -> bool:
    """Whether an event id is older than another."""
    return _place(one) < _place(other)


def _place(id: str) -> tuple[int, int]:
    ms, _, number = id.partition("-")
    return int(ms), int(number or 0)


def _readable(line: str) -> dict[str, Any]:
    try:
        value = decode(line, "error")
    except NotJson:
        return {}
    return value if isinstance(value, dict) else {}
