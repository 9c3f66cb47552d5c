"""What can go wrong with a test board itself, as opposed to the jobs on it."""

from __future__ import annotations

from typing import Any

from callboard.broker.broker import CallboardBroker
from callboard.jobs.errors import CallboardError


class BoardError(CallboardError):
    """Base of the errors of a test board."""


class NoBroker(BoardError):
    """Raised when there is no broker to open a board for, or a type is declared on another one than the board's."""


class BoardInUse(BoardError):
    """Raised when a board is asked to run jobs while it runs one, or is opened beside a worker of this process."""


class DrainUnfinished(BoardError):
    """Raised when a drain reaches its limit and more is due: most often a job that comes back for ever."""


class JobFailed(BoardError):
    """Raised for a job that failed without an exception of its body that could be raised here."""


def require_own(broker: CallboardBroker, actor: Any) -> None:
    """Raise NoBroker unless an actor is declared on the broker of a board."""
    if broker.actors.get(actor.actor_name) is not actor:
        raise NoBroker(f"{actor.actor_name} is declared on another broker than that of the board; open one for that")
