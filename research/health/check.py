"""What is looked at, what a look finds, and what all of them say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine

from callboard.broker.link import Links
from callboard.broker.store import Store

OK: Final = "ok"
WARN: Final = "warn"
FAIL: Final = "fail"
LEVELS: Final = {
    OK: "as it should be",
    WARN: "jobs run, and somebody should look at it",
    FAIL: "jobs cannot run, or could be lost",
}


@dataclass(frozen=True, slots=True)
class Place:
    """What is looked at: both stores, whatever their state, the folder of our data, and the cap of the event stream."""

    links: Links
    engine: Engine
    home: Path
    events_cap: int

    @property
    def store(self) -> Store:
        """The read side of Redis."""
        return Store(self.links)


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: how it is, what was found, and how to mend it."""

    name: str
    level: str
    message: str
    fix: str = ""

    def values(self) -> dict[str, str]:
        """What was found as JSON values, without the fix where there is nothing to mend."""
        found = {"level": self.level, "message": self.message}
        return found if self.level == OK else {**found, "fix": self.fix}


def judged(name: str, message: str, fix: str, *, warn: bool = False, fail: bool = False) -> Check:
    """A check with the gravest level whose condition holds."""
    return Check(name, FAIL if fail else WARN if warn else OK, message, fix)


@dataclass(frozen=True, slots=True)
class Health:
    """All checks at a time, and the queues with their numbers; healthy while no check fails."""

    at: datetime
    checks: Sequence[Check]
    queues: Mapping[str, Mapping[str, Any]]

    @property
    def healthy(self) -> bool:
        """Whether jobs can run and none can be lost."""
        return all(check.level != FAIL for check in self.checks)

    @property
    def level(self) -> str:
        """The gravest level."""
        return max((check.level for check in self.checks), key=list(LEVELS).index, default=OK)

    def values(self) -> dict[str, Any]:
        """It as JSON values, in the form in which the API answers."""
        stats = {name: sum(queue[name] for queue in self.queues.values()) for name in COUNTED}
        return {
            "healthy": self.healthy,
            "level": self.level,
            "at": self.at.isoformat(),
            "checks": {check.name: check.values() for check in self.checks},
            "details": {"queueStatus": stats, "queues": {name: dict(queue) for name, queue in self.queues.items()}},
        }


COUNTED: Final = ("waiting", "delayed", "blocked", "active", "completed", "failed", "cancelled")
