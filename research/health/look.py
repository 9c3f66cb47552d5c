"""The list of all checks, and one look at all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from research.health import history, queues, server, stores
from research.health.check import FAIL, Check, Health, Place

Look = Callable[[Place], Iterator[Check]]
# A new check is a row here; the name is that under which the failure of the look itself is told.
LOOKS: Final[dict[str, tuple[Look, str]]] = {
    "server": (server.server, "is it running, and where the settings say? callboard config"),
    "server memory": (server.memory, "look at the server"),
    "clock skew": (server.clock, "look at the server"),
    "event stream": (server.stream, "look at the server"),
    "leases": (server.leases, "look at the server"),
    "workers": (queues.workers, "look at the server"),
    "waiting jobs": (queues.unserved, "look at the server"),
    "stuck jobs": (queues.stuck, "look at the server"),
    "quarantine": (server.quarantine, "look at the server"),
    "tables": (stores.tables, "run callboard migrate"),
    "write probe": (stores.probe, "run callboard migrate; or see whether the database is locked or its disk full"),
    "outbox": (stores.outbox, "run callboard migrate"),
    "disk": (stores.disk, "look at the folder of CALLBOARD_HOME"),
    "recorder": (history.recorder, "run callboard migrate"),
    "reconciler": (history.reconciler, "run callboard migrate"),
    "jobs in doubt": (history.doubts, "run callboard migrate"),
    "scheduler": (history.scheduler, "run callboard migrate"),
    "conditions": (queues.conditions, "run callboard migrate"),
}


def checks(place: Place) -> Iterator[Check]:
    """All checks, one after the other; a look that is not possible is a check that fails."""
    for name, (look, fix) in LOOKS.items():
        try:
            yield from look(place)
        except Exception as error:  # noqa: BLE001 - a doctor reports what it meets
            yield Check(name, FAIL, str(error).partition("\n")[0] or type(error).__name__, fix)


def health(place: Place, progress: Callable[[int, int, str], None] = lambda *_: None) -> Health:
    """The health of the platform now; raises nothing of its own, whatever is away."""
    found: list[Check] = []
    for number, check in enumerate(checks(place)):
        progress(min(number, len(LOOKS)), len(LOOKS) + 1, check.name)
        found.append(check)
    return Health(datetime.now(UTC), tuple(found), _numbers(place))


def _numbers(place: Place) -> dict[str, dict[str, Any]]:
    try:
        return queues.queue_numbers(place)
    except Exception:  # noqa: BLE001 - why they cannot be had is told by the checks
        return {}
