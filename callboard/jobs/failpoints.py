"""Named places where a test lets this process die or fail; they cost one look at an empty table when none is set."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from callboard.jobs.errors import CallboardError
from callboard.jobs.variables import Kind

# Each place and where it stands. A new one is a row here and a call of `failpoint` with the same words.
POINTS: Final = {
    "outbox.asked": "the call is found good, nothing is written",
    "firing.written": "a time of a schedule is a row, the scheduler's transaction is open",
    "firing.committed": "a time of a schedule is a row for all to see, nothing is pushed",
    "firing.pushed": "a firing is a job, and its row does not say so",
    "outbox.written": "the call is in the outbox, the caller's transaction is open",
    "outbox.committed": "the caller's transaction is committed, nothing is pushed",
    "outbox.read": "a relay holds rows, nothing is pushed",
    "outbox.pushed": "the rows are jobs, and still in the outbox",
    "outbox.deleting": "the rows are deleted, the relay's transaction is open",
    "outbox.deleted": "the rows are gone, the marks in Redis are kept for long",
    "recorder.read": "a batch of events is read, nothing of it is written",
    "recorder.written": "the batch is written, the recorder's transaction is open",
    "recorder.committed": "the batch is in SQL, nothing is acknowledged in Redis",
    "notifier.decided": "what a batch of events leads to is decided, nothing of it is written",
    "notifier.written": "notices, deliveries and the place in the stream are written, the transaction is open",
}
ACTIONS: Final = ("kill", "error")


class InjectedFault(CallboardError):
    """Raised at a failpoint that is set to `error`; never without the setting FAILPOINT."""


@dataclass(frozen=True, slots=True)
class Failpoint:
    """What happens at a place: at its `nth` passing, or at each one for 0."""

    name: str
    action: str
    nth: int = 0

    def __str__(self) -> str:
        return f"{self.name}:{self.action}" + (f":{self.nth}" if self.nth else "")


_armed: Final[dict[str, tuple[Failpoint, Iterator[int]]]] = {}


def failpoint(name: str) -> None:
    """Die or raise InjectedFault if the setting FAILPOINT names this place."""
    if _armed:
        _pass(name)


def _pass(name: str) -> None:
    if name not in POINTS:
        raise ValueError(f'failpoint "{name}" is unknown; give it a row in POINTS')
    point, passings = _armed.get(name, (None, None))
    if point is None or passings is None or point.nth not in (0, next(passings)):
        return
    if point.action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    raise InjectedFault(f"the setting FAILPOINT asked for a fault at {name}")


def parse_failpoints(text: str) -> tuple[Failpoint, ...]:
    """The failpoints of a text like `outbox.pushed:kill,recorder.read:error:3`; raises ValueError for one unknown."""
    return tuple(_parse(part.strip()) for part in text.split(","))


def _parse(text: str) -> Failpoint:
    name, action, nth = [*text.split(":"), "", ""][:3]
    if name not in POINTS or action not in ACTIONS or text.count(":") > 2 or not (nth or "1").isdecimal():
        raise ValueError(f"expected one of {', '.join(POINTS)} with :kill or :error, got {text!r}")
    return Failpoint(name, action, int(nth or 0))


def failpoint_list() -> Kind:
    """What the variable FAILPOINT must look like."""
    expects = "places of `callboard/jobs/failpoints.py` with `:kill` or `:error`, `:n` after it for the nth passing"
    return Kind("failpoints", f"{expects}, separated by commas", parse_failpoints)


def arm(points: Iterable[Failpoint]) -> None:
    """Set these failpoints and no other; the passings of one that is set already go on being counted."""
    wanted = {point.name: point for point in points}
    for name in [name for name, (point, _) in _armed.items() if wanted.get(name) != point]:
        del _armed[name]
    for name, point in wanted.items():
        _armed.setdefault(name, (point, itertools.count(1)))


@contextmanager
def armed(text: str) -> Iterator[None]:
    """Failpoints that are set for the length of a block, in this process."""
    arm(parse_failpoints(text))
    try:
        yield
    finally:
        arm(())
