"""What the broker raises."""

from __future__ import annotations

from dramatiq.errors import BrokerConnectionError

from callboard.jobs.errors import CallboardError


class BrokerFault(CallboardError):
    """Base of the errors of this package."""


class ConnectionLost(BrokerFault, BrokerConnectionError):
    """Raised when the server cannot be reached, stands still, loads, is read-only or full; the call may be repeated."""

    def __init__(self, message: str) -> None:
        super().__init__(message)  # type: ignore[no-untyped-call]


class ConnectionGone(ConnectionLost):
    """Raised when the connection was closed or refused; another one may work at once."""


class StoreFull(ConnectionLost):
    """Raised when the server has reached its memory limit; what takes load off still works."""


class ScriptFault(BrokerFault):
    """Raised when a script failed on the server; a bug, or keys that are not ours."""


class UnsafeRedis(BrokerFault):
    """Raised at start when the server could lose accepted jobs: eviction on, persistence off, or too old."""


class JobMissing(BrokerFault):
    """Raised when no job has this id (any more)."""


class NotPossible(BrokerFault):
    """Raised when the state of a job forbids a verb; carries the state and the verbs that are possible."""

    def __init__(self, message: str, state: str, allowed: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.state = state
        self.allowed = allowed


class WorkerMissing(BrokerFault):
    """Raised when no worker process of this name runs."""


class UnknownQueue(BrokerFault):
    """Raised when a queue is named that nobody has declared or used."""


class UnknownType(BrokerFault):
    """Raised when a type is named that nobody has declared."""


class ResultMissing(BrokerFault):
    """Raised when a result is asked for that is not there (yet); carries the state of the job."""

    def __init__(self, message: str, state: str) -> None:
        super().__init__(message)
        self.state = state


class WaitTimeout(BrokerFault):
    """Raised when what was waited for has not happened in time."""


class FlowMissing(BrokerFault):
    """Raised when no flow has this id (any more)."""


class StepMissing(BrokerFault):
    """Raised when a flow has no step of a name, or several."""
