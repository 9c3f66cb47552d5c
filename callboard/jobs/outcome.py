"""How an attempt ended, as a value: what the worker decides and the consumer writes down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong in an attempt, as it is kept in the list of its errors."""

    error_class: str
    type: str
    message: str
    traceback: str = ""

    def values(self) -> dict[str, Any]:
        """As plain values, for JSON; bytes of undecodable file names become question marks."""
        values = {"class": self.error_class, "type": self.type, "message": self.message, "traceback": self.traceback}
        return {name: text.encode("utf-8", "replace").decode() for name, text in values.items()}


@dataclass(frozen=True, slots=True)
class Complete:
    """The body returned; `result` is JSON."""

    result: str


@dataclass(frozen=True, slots=True)
class RetryAfter:
    """The attempt failed and another follows after `delay` seconds; `crash` counts it as a crash too."""

    delay: float
    failure: Failure
    crash: bool = False


@dataclass(frozen=True, slots=True)
class Fail:
    """The job has failed for good."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Release:
    """The job is handed back with its attempt, to run after `delay` seconds, for `reason`."""

    delay: float = 0.0
    reason: str = ""
    limit_key: str = ""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The body stopped because its job was cancelled."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Nothing is written: the lease was lost, the job belongs to another worker."""


Outcome = Complete | RetryAfter | Fail | Release | Cancelled | Dropped
