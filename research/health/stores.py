"""SQL and the disk: tables of this release, whether a write succeeds, calls to be pushed, room."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from typing import Final

from sqlalchemy import insert
from sqlalchemy.orm import Session

from callboard.history.outbox_state import outbox_waiting
from callboard.history.schema import HISTORY
from research.health.check import Check, Place, judged
from research.health.tables import FailedCheckRow
from research.models import now
from research.schema import RESEARCH

OUTBOX_SECONDS, OUTBOX_FAIL_SECONDS = 5.0, 300.0
DISK_BYTES, DISK_WARN_BYTES = 500_000_000, 2_000_000_000
SLOW_SECONDS: Final = 2.0
PROBE: Final = "write probe"


def tables(place: Place) -> Iterator[Check]:
    """Whether the tables are those of this release."""
    HISTORY.require_current(place.engine)
    RESEARCH.require_current(place.engine)
    yield judged("tables", f"history {HISTORY.newest()}, research {RESEARCH.newest()}", "run callboard migrate")


def probe(place: Place) -> Iterator[Check]:
    """Whether a row can be written, and how long that takes; it is taken back."""
    began = time.monotonic()
    with Session(place.engine) as session:
        session.execute(insert(FailedCheckRow).values(name=PROBE, since_at=now(), message="", fix=""))
        session.rollback()
    took = time.monotonic() - began
    fix = "see who writes in long transactions, or whether the disk is slow"
    yield judged(PROBE, f"{took * 1000:.0f} ms", fix, warn=took > SLOW_SECONDS)


def outbox(place: Place) -> Iterator[Check]:
    """Calls that callers have committed in SQL and that are not in Redis yet."""
    state = outbox_waiting(place.engine)
    fix = "start a scheduler, which pushes them: callboard scheduler"
    found = f"{state.waiting:,} wait, the oldest for {state.oldest:.0f} s" if state.waiting else "nothing waits"
    if state.failing:
        found += f"; {state.failing:,} cannot be pushed, first row {state.example}: {state.error}"
        fix = (
            f"mend the cause, each is tried again within 5 minutes; or give up row {state.example} of table job_outbox"
        )
    late = state.oldest >= OUTBOX_SECONDS or bool(state.failing)
    yield judged("outbox", found, fix, warn=late, fail=state.oldest >= OUTBOX_FAIL_SECONDS)


def disk(place: Place) -> Iterator[Check]:
    """Room for our own data."""
    folder = place.home if place.home.exists() else place.home.absolute().parent
    free = shutil.disk_usage(folder).free
    fix = f"make room on the disk of {place.home}"
    yield judged("disk", f"{free / 1e9:.1f} GB free", fix, warn=free <= DISK_WARN_BYTES, fail=free <= DISK_BYTES)
