"""What the reconciler looks at in Redis: which data these are, jobs, flows, and events that nobody has recorded yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from callboard.broker.errors import BrokerFault
from callboard.broker.keys import (
    EPOCH,
    EVENTS,
    FLOW,
    JOB,
    MEMBERS,
    NEEDS,
    NEXT,
    PARENTS,
    QUEUES,
    RECORDED,
    STATE_KEYS,
)
from callboard.broker.link import Links
from callboard.broker.tape import START, precedes
from callboard.broker.vouching import server_run
from callboard.jobs.states import STATES

SHARE: Final = 500
PAGE: Final = 5_000
JOBS_MOST: Final = 100_000


class RecorderBehind(BrokerFault):
    """Raised when so much is not recorded that nothing can be said about what is lost."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """Of which data a Redis is: their name, up to where they were recorded, where its events begin, who serves them."""

    epoch: str | None
    recorded: str | None
    first: str | None
    holds: bool  # whether it has the event it was asked about
    run: str = ""


@dataclass(frozen=True, slots=True)
class Sight:
    """A job as it is in Redis; `tied` unless it is blocked and has lost what it waits for."""

    state: str
    version: int
    fence: int
    tied: bool


def look_at_data(links: Links, event: str) -> DataSet:
    """What tells whether these are the data whose newest recorded event is this one."""
    prefix = links.prefix
    run = server_run(links)  # first: what is seen after it may be of a later run, which nobody then vouches for
    epoch, recorded, first, same = links.run(
        ("GET", EPOCH(prefix)),
        ("GET", RECORDED(prefix)),
        ("XRANGE", EVENTS(prefix), "-", "+", "COUNT", 1),
        ("XRANGE", EVENTS(prefix), event, event),
    )
    return DataSet(epoch, recorded, str(first[0][0]) if first else None, bool(same), run)


def look_at_jobs(links: Links, ids: Sequence[str]) -> dict[str, Sight | None]:
    """Each of some jobs as it is now, None where there is no record of it."""
    found: dict[str, Sight | None] = {}
    for start in range(0, len(ids), SHARE):
        share = ids[start : start + SHARE]
        reads = [("HMGET", JOB(links.prefix, id), "state", "version", "fence", "reason") for id in share]
        needs = [("EXISTS", NEEDS(links.prefix, id)) for id in share]
        replies = links.run(*reads, *needs)
        pairs = zip(replies[: len(share)], replies[len(share) :], strict=True)
        found |= {id: _sight(fields, bool(tied)) for id, (fields, tied) in zip(share, pairs, strict=True)}
    return found


def _sight(fields: list[str | None], needs: bool) -> Sight | None:
    state, version, fence, reason = fields
    if state is None:
        return None
    return Sight(state, _whole(version), _whole(fence), needs or state != "blocked" or reason == "approval")


def _whole(text: str | None) -> int:
    return int(text) if text and text.isdecimal() else 0


def flow_state(links: Links, flow: str) -> str | None:
    """The state of a flow, None where there is no record of it."""
    state = links.call("HGET", FLOW(links.prefix, flow), "state")
    return None if state is None else str(state)


def flow_is_whole(links: Links, flow: str, graph: Sequence[dict[str, Any]]) -> bool:
    """Whether a flow that runs has all keys that it has for as long as it runs."""
    prefix = links.prefix
    needed = {need for node in graph for need, _ in node["needs"]}
    names = [FLOW(prefix, flow), MEMBERS(prefix, flow), *(JOB(prefix, node["id"]) for node in graph)]
    names += [NEXT(prefix, id) for id in needed]
    names += [PARENTS(prefix, node["id"]) for node in graph if node["parents"]]
    reads = [("EXISTS", *names[start : start + PAGE]) for start in range(0, len(names), PAGE)]
    return sum(map(int, links.run(*reads))) == len(names)


def scan_jobs(links: Links) -> Iterator[list[str]]:
    """The ids of all jobs of all queues, a few hundred at a time; one that moves meanwhile may come twice."""
    for queue in links.call("SMEMBERS", QUEUES(links.prefix)):
        for state in STATES:
            cursor = "0"
            while True:
                key = STATE_KEYS[state](links.prefix, queue)
                cursor, flat = links.call("ZSCAN", key, cursor, "COUNT", SHARE)
                if flat:
                    yield list(flat[::2])
                if str(cursor) == "0":
                    break


class Unrecorded:
    """The jobs and flows that events tell of which are not recorded yet; each event is read once."""

    def __init__(self, links: Links) -> None:
        self._links = links
        self._key = EVENTS(links.prefix)
        self._epoch = ""
        self._after = self._read = START
        self._newest: dict[str, str] = {}

    def __contains__(self, id: str) -> bool:
        return id in self._newest

    def refresh(self, epoch: str, recorded: str) -> None:
        """Take in what was told since in these data, and drop what is recorded by now.

        Raises RecorderBehind when so much is not that nothing can be said about what is lost.
        """
        if epoch != self._epoch or precedes(recorded, self._after) or precedes(self._read, recorded):
            self._read, self._newest = recorded, {}
        self._epoch, self._after = epoch, recorded
        self._newest = {id: event for id, event in self._newest.items() if precedes(recorded, event)}
        while entries := self._links.call("XRANGE", self._key, f"({self._read}", "+", "COUNT", PAGE):
            self._newest |= {fields[fields.index("id") + 1]: event for event, fields in entries}
            self._read = entries[-1][0]
            if len(self._newest) > JOBS_MOST:
                raise RecorderBehind(f"what happened to {JOBS_MOST:,} jobs is not recorded; is a recorder running?")
