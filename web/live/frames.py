"""Frames: events as they are sent, each made once for all who receive it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from callboard.broker import stream
from callboard.broker.stream import Event
from callboard.history.facts import LEAVES
from callboard.jobs.clock import from_ms, wall_ms
from callboard.jobs.encoding import NotJson, TooLarge, encode
from callboard.jobs.masking import Mask
from callboard.jobs.record import Job
from callboard.jobs.states import ACTIVE, DELAYED, FINAL, WAITING
from web.live.topics import topics_of

LOG: Final = "job:log"
STATS: Final = "queue:stats"
STATE: Final = "job:state"
RESYNC: Final = "resync"
# What all who listen are told of the stream itself: the server cannot be reached, and can again.
AWAY: Final = "live:away"
BACK: Final = "live:back"
ENDS: Final = tuple(f"job:{state}" for state in FINAL)
Order = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Frame:
    """One message to clients: its place in the stream, by what it is replaced, and the envelope as JSON.

    Of the frames of one `key` that a client has not been sent yet the last one counts, but for those to `keep`.
    The envelope is made when the first client is sent it: in a flood most are replaced before.
    """

    id: str
    event: Event
    key: str
    keep: bool
    topics: tuple[str, ...]
    make: Callable[[], str]

    @cached_property
    def body(self) -> str:
        """The envelope."""
        return self.make()

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return len(self.event.data) + 500

    @property
    def order(self) -> Order:
        """Its place as numbers."""
        return place(self.id)

    @property
    def sse(self) -> bytes:
        """The frame as a server-sent event."""
        return f"id: {self.id}\ndata: {self.body}\n\n".encode()


def place(id: str) -> Order:
    """The id of an event as numbers. Raises ValueError."""
    ms, _, number = id.partition("-")
    if not (ms.isdecimal() and (number or "0").isdecimal() and id.isascii() and len(id) <= 40):
        raise ValueError(f'"{id[:60]}" is no id of an event; ids look like 1700000000000-0')
    return stream.place(id)


def frame_of(event: Event, mask: Mask) -> Frame:
    """The frame of an event, its secrets masked."""
    kind = event.event.partition(":")[0]
    keep = kind != "job" or event.event in ENDS or event.event == LOG
    key = f"log:{event.job}" if event.event == LOG else f"{kind}:{event.job}"
    return Frame(event.id, event, key, keep, topics_of(event), lambda: _told(event, mask))


def _told(event: Event, mask: Mask) -> str:
    values = masked(event.values, mask)
    return envelope(event, {"lines": [values]} if event.event == LOG else values)


def stats_frame(id: str, at_ms: int, queue: str, counts: dict[str, Any]) -> Frame:
    """The counts of a queue, told at the place of the newest event."""
    event = Event(id, STATS, "", "", queue, 0, encode(counts, "counts"))
    return Frame(id, event, f"{STATS}:{queue}", False, topics_of(event), lambda: envelope(event, counts, at_ms))


def state_frame(id: str, job: Job) -> Frame:
    """A job as it is now, told at the place of the newest event."""
    event = Event(id, STATE, job.id, job.type, job.queue, job.version, "")
    data = {"state": job.state, "attempt": job.attempt, "attempts": job.attempts, "progress": job.progress}
    at_ms = wall_ms()
    return Frame(id, event, f"job:{job.id}", False, topics_of(event), lambda: envelope(event, data, at_ms))


def resync_frame(id: str, reason: str) -> Frame:
    """What tells a client that it has missed events and must fetch anew what it shows."""
    event = Event(id, RESYNC, "", "", "", 0, "")
    return Frame(id, event, RESYNC, True, (), lambda: envelope(event, {"reason": reason}))


def word_frame(id: str, word: str, **data: Any) -> Frame:
    """What all who listen are told of the stream itself; the last such word counts."""
    event, at_ms = Event(id, word, "", "", "", 0, ""), wall_ms()
    return Frame(id, event, "live", False, (), lambda: envelope(event, data, at_ms))


def envelope(event: Event, data: dict[str, Any], at_ms: int | None = None) -> str:
    """The JSON that clients receive: id, type, at, job, queue, job_type, state, v, data; without what is unknown."""
    at = from_ms(at_ms) if at_ms is not None else event.at
    assert at is not None
    kind = event.event.partition(":")[0]
    known = {
        "id": event.id,
        "type": event.event,
        "at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        kind if kind in ("job", "flow", "schedule", "worker", "error") else "subject": event.job,
        "queue": event.queue,
        "job_type": event.type if kind == "job" else "",
        "state": state_after(event, data) if kind == "job" else "",
    }
    values = {name: value for name, value in known.items() if value} | {"v": event.version}
    try:
        return encode(values | {"data": data}, "event")
    except (NotJson, TooLarge):
        return encode(values | {"data": {"too_large": True}}, "event")


def state_after(event: Event, data: dict[str, Any]) -> str:
    """The state that an event leaves its job in, empty where it does not say."""
    told = data.get("state")
    if isinstance(told, str):
        return told
    if event.event == "job:released":
        return DELAYED if data.get("delay_ms") else WAITING
    return ACTIVE if event.event in ("job:progress", LOG) else LEAVES.get(event.event, "")


def joined_log(frames: Sequence[Frame], mask: Mask) -> Frame:
    """Several frames of one log as one, with all their lines."""
    last = frames[-1]
    lines = [masked(frame.event.values, mask) for frame in frames]
    return Frame(last.id, last.event, last.key, True, last.topics, lambda: envelope(last.event, {"lines": lines}))


def masked(value: Any, mask: Mask) -> Any:
    """A JSON value whose texts are masked."""
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, dict):
        return {name: masked(inner, mask) for name, inner in value.items()}
    return [masked(inner, mask) for inner in value] if isinstance(value, list) else value
