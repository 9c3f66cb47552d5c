"""What the doctor looks at besides the server itself: clocks, stream, workers, queues, tables, outbox, disk."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

from callboard.broker.startup import Finding, check
from callboard.jobs.states import WAITING
from cli.crew import there
from cli.history_checkup import history_findings
from cli.server import database, links, settings, store

SKEW_MS: Final = 2_000
DISK_BYTES: Final = 500_000_000
OUTBOX_SECONDS: Final = 5.0


def findings() -> Iterator[Finding]:
    """Everything that is looked at, one after the other. Raises ConnectionLost when the server does not answer."""
    for finding in check(links()):
        yield Finding(f"server {finding.name}", finding.ok, finding.found, finding.fix)
    for look in (clock, stream_length, workers, unserved, quarantine, schema, outbox, disk):
        yield look()
    yield from history_findings()


def clock() -> Finding:
    """The clock of the server against ours."""
    before = time.time()
    server = store().now_ms()
    skew = abs(server - (before + time.time()) * 500)
    fix = "set both clocks by NTP; only times on the screen are wrong, the server's clock decides everything"
    return Finding("clock skew", skew < SKEW_MS, f"{skew:.0f} ms", fix)


def stream_length() -> Finding:
    """The event stream against its cap."""
    length, cap = store().event_count(), settings().events_cap
    fix = "find out why nothing is recorded, or raise CALLBOARD_EVENTS_CAP: what is older than the cap is lost"
    return Finding("event stream", length <= cap * 0.8, f"{length:,} of {cap:,} events", fix)


def workers() -> Finding:
    """The workers that run."""
    running = [worker for worker in store().workers() if there(worker)]
    slots = sum(int(worker.about.get("threads") or 0) for worker in running)
    return Finding("workers", bool(running), f"{len(running)} with {slots} slots", "start some: callboard worker")


def unserved() -> Finding:
    """Queues in which jobs wait and that no worker serves, or that are paused."""
    served = {name for worker in store().workers() if there(worker) for name in worker.about.get("queues", ())}
    waiting = [queue for name in store().queues() if (queue := store().queue(name)).counts[WAITING]]
    stuck = [queue.name for queue in waiting if queue.paused or queue.name not in served]
    fix = "resume them: callboard queues resume NAME; or serve them: callboard worker -q NAME"
    return Finding("waiting jobs", not stuck, f"stuck in {', '.join(stuck)}" if stuck else "all queues are served", fix)


def quarantine() -> Finding:
    """Entries that were not jobs."""
    number = len(store().quarantined())
    return Finding("quarantine", number == 0, f"{number:,} entries", "see what somebody else writes under this prefix")


def schema() -> Finding:
    """The tables."""
    return _tried("tables", "run callboard migrate", _schema_is_current)


def _schema_is_current() -> str:
    from callboard.history.database import connect
    from callboard.history.schema import HISTORY
    from research.schema import RESEARCH

    engine = connect(settings().sql_url)
    try:
        HISTORY.require_current(engine)
        RESEARCH.require_current(engine)
    finally:
        engine.dispose()
    return f"history {HISTORY.newest()}, research {RESEARCH.newest()}"


def outbox() -> Finding:
    """Calls that callers have committed in SQL and that are not in Redis yet."""
    from callboard.history.outbox_state import outbox_waiting

    try:
        state = outbox_waiting(database())
    except Exception as error:  # noqa: BLE001 - a doctor reports what it meets
        return Finding("outbox", False, str(error).splitlines()[0], "run callboard migrate")
    fix = "start a scheduler, which pushes them: callboard scheduler"
    found = f"{state.waiting:,} wait, the oldest for {state.oldest:.0f} s" if state.waiting else "nothing waits"
    if state.failing:
        found += f"; {state.failing:,} cannot be pushed, first row {state.example}: {state.error}"
        fix = (
            f"mend the cause, each is tried again within 5 minutes; or give up row {state.example} of table job_outbox"
        )
    return Finding("outbox", state.oldest < OUTBOX_SECONDS and not state.failing, found, fix)


def disk() -> Finding:
    """Room for our own data."""
    folder = settings().home if settings().home.exists() else settings().home.absolute().parent
    free = shutil.disk_usage(folder).free
    return Finding(
        "disk", free > DISK_BYTES, f"{free / 1e9:.1f} GB free", f"make room on the disk of {settings().home}"
    )


def _tried(name: str, fix: str, look: Callable[[], str]) -> Finding:
    """A finding whose look may fail; the failure is the finding."""
    try:
        return Finding(name, True, look())
    except Exception as error:  # noqa: BLE001 - a doctor reports what it meets
        return Finding(name, False, str(error).splitlines()[0], fix)


def values(finding: Finding) -> dict[str, Any]:
    """A finding as JSON values."""
    return {"name": finding.name, "ok": finding.ok, "found": finding.found, "fix": "" if finding.ok else finding.fix}
